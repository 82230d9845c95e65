using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Holdfast;

namespace Microsoft.Agents.AI;

/// <summary>Files of agents as records of a thread: each write is a commit, so that every earlier content stays readable, and a file is read only when it is asked for.</summary>
/// <remarks>
/// <para>
/// Paths are relative, with <c>/</c> or <c>\</c> between names, and compared exactly. Directories are what the paths of files say: there are no empty ones. The path may have up to 500 bytes of UTF-8.
/// </para>
/// <para>Thread safe, also across processes. Of two writes to one file at the same time the later one holds; both are in the thread's log of commits.</para>
/// </remarks>
/// <param name="store">Where the thread is.</param>
/// <param name="thread">The thread: one of its own, or that of a conversation.</param>
[Experimental("MAAI001")]
public sealed class HoldfastAgentFileStore(AgentStateStore store, ThreadId thread) : AgentFileStore
{
    private const string Prefix = "files/";

    private readonly AgentStateStore _store = store ?? throw new ArgumentNullException(nameof(store));

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The path is not one of a file.</exception>
    /// <exception cref="StateTooLargeException">The content is larger than a commit may be.</exception>
    public override async Task WriteAsync(string path, string content, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        var name = NameOf(path);
        await _store.UpdateAsync(thread, session => session.Records.Put(name, content, SessionJson.Default.String), cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override Task<string?> ReadAsync(string path, CancellationToken cancellationToken = default) => ReadAsync(path, ThreadPoint.Newest, cancellationToken);

    /// <summary>Reads the content that a file had at a point of the thread.</summary>
    /// <param name="path">The path.</param>
    /// <param name="point">The point, such as a version; <see cref="VersionsAsync"/> lists those at which the file changed.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The content; null if the file was not there.</returns>
    /// <exception cref="PointNotFoundException">The thread has no such point.</exception>
    /// <exception cref="HistoryDroppedException">The point was dropped.</exception>
    public async Task<string?> ReadAsync(string path, ThreadPoint point, CancellationToken cancellationToken = default)
        => (await _store.Thread(thread).ReadRecordAsync(NameOf(path), point, cancellationToken).ConfigureAwait(false))?.GetString();

    /// <summary>The commits that wrote or deleted a file, newest first.</summary>
    public IAsyncEnumerable<CommitInfo> VersionsAsync(string path, CancellationToken cancellationToken = default)
        => _store.Thread(thread).LogAsync(new() { Changed = $"records/{NameOf(path)}" }, cancellationToken);

    /// <inheritdoc/>
    public override async Task<bool> DeleteAsync(string path, CancellationToken cancellationToken = default)
    {
        var name = NameOf(path);
        return await _store.UpdateAsync(thread, session => ValueTask.FromResult(session.Records.Remove(name)), cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async Task<bool> FileExistsAsync(string path, CancellationToken cancellationToken = default) => (await NamesAsync(cancellationToken).ConfigureAwait(false)).Contains(NameOf(path));

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<FileStoreEntry>> ListChildrenAsync(string directory, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(directory);
        var inside = FilePaths.Directory(directory) is { Length: > 0 } path ? $"{Prefix}{path}/" : Prefix;
        var below = (await NamesAsync(cancellationToken).ConfigureAwait(false)).Where(name => name.StartsWith(inside, StringComparison.Ordinal)).Select(name => name[inside.Length..]).ToList();
        return
        [
            .. below.Where(name => name.Contains('/', StringComparison.Ordinal)).Select(name => name[..name.IndexOf('/', StringComparison.Ordinal)]).Distinct(StringComparer.Ordinal)
                .Order(StringComparer.Ordinal).Select(name => new FileStoreEntry(name, FileStoreEntry.Directory)),
            .. below.Where(name => !name.Contains('/', StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(name => new FileStoreEntry(name, FileStoreEntry.File)),
        ];
    }

    /// <summary>Does nothing: a directory is there when a file is in it.</summary>
    /// <inheritdoc/>
    public override Task CreateDirectoryAsync(string path, CancellationToken cancellationToken = default)
    {
        FilePaths.Directory(path);
        return Task.CompletedTask;
    }

    private static string NameOf(string path) => Prefix + FilePaths.File(path);

    private async ValueTask<IReadOnlyCollection<string>> NamesAsync(CancellationToken cancellationToken)
        => (await _store.OpenAsync(thread, new() { LoadUser = false }, cancellationToken).ConfigureAwait(false)).Records.Names.ToHashSet(StringComparer.Ordinal);
}
