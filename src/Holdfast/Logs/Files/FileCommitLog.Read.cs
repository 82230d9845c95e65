using System.Runtime.CompilerServices;

namespace Holdfast.Logs;

/// <content>Reading and listing.</content>
public sealed partial class FileCommitLog
{
    /// <inheritdoc/>
    public ValueTask<ThreadTail?> ReadTailAsync(ThreadKey key, int minimumEntries = 0, CancellationToken cancellationToken = default)
    {
        var place = FilePlace.Of(_root.Path, key);
        return LookAsync(place, () => ReadTail(place, minimumEntries), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<ThreadHead?> GetHeadAsync(ThreadKey key, CancellationToken cancellationToken = default)
    {
        var place = FilePlace.Of(_root.Path, key);
        return LookAsync(
            place,
            () =>
            {
                using var source = _root.TryOpen(place.Path, FileAccess.Read);
                return Current(source, place)?.Head;
            },
            cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<LogEntry> ReadAsync(
        ThreadKey key,
        long from = 1,
        long to = long.MaxValue,
        ReadDirection direction = ReadDirection.Forward,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var place = FilePlace.Of(_root.Path, key);
        using var entries = new EntryStream(_root, place, Math.Max(from, 1), to, direction);
        while (await LookAsync(place, entries.Next, cancellationToken).ConfigureAwait(false) is { } entry)
        {
            yield return entry;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        query.Filter.Validate();
        await Task.CompletedTask.ConfigureAwait(false);
        try
        {
            return HeadOrder.Page(_index.Heads(query.Tenant, query.Filter.IdPrefix, cancellationToken), query);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException($"The directory '{_root.Path}' could not be listed: {e.Message}", e);
        }
    }

    private ThreadTail? ReadTail(FilePlace place, int minimumEntries)
    {
        using var source = _root.TryOpen(place.Path, FileAccess.Read);
        return source is not null && Tail(source, place, minimumEntries) is { } tail ? new(tail.Head, tail.Entries) : null;
    }
}
