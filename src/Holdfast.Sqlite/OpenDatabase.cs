using Holdfast.Logs;
using Holdfast.Sqlite.Connecting;
using Holdfast.Sqlite.Reading;
using Holdfast.Sqlite.Schema;
using Holdfast.Sqlite.Writing;

namespace Holdfast.Sqlite;

/// <summary>A database file with the connections to it, which the logs of this process share that open it alike.</summary>
/// <remarks>
/// So a new log of a file that is open already costs nothing, and commits of all these logs share their transactions. The file is closed with the last log.
/// </remarks>
internal sealed class OpenDatabase
{
    private static readonly Lock Gate = new();
    private static readonly Dictionary<Settings, OpenDatabase> Shared = [];

    private readonly DatabaseFile _file;
    private int _logs = 1;

    private OpenDatabase(DatabaseFile file, Connection connection)
    {
        _file = file;
        Readers = new(file);
        Readers.Add(connection);
        Writes = new(file);
    }

    public ReaderPool Readers { get; }

    public WriteQueue Writes { get; }

    /// <summary>Tells of commits to the file until it is cancelled.</summary>
    public Task ListenAsync(HintListening listening, CancellationToken stop) => SqliteHints.ListenAsync(_file, listening, stop);

    /// <summary>Opens a file, or joins those that have it open.</summary>
    /// <exception cref="AgentStateException">The file cannot be opened; see <see cref="SqliteCommitLog.OpenAsync(SqliteLogOptions, CancellationToken)"/>.</exception>
    public static async Task<OpenDatabase> OpenAsync(SqliteLogOptions options, CancellationToken cancellationToken)
    {
        if (options.IsShared && Join(new(options)) is { } shared)
        {
            return shared;
        }

        var file = new DatabaseFile(options);
        var opened = new OpenDatabase(file, await file.PrepareAsync(cancellationToken).ConfigureAwait(false));
        lock (Gate)
        {
            // Where another log was as quick, each has its own.
            _ = options.IsShared && Shared.TryAdd(new(options), opened);
        }

        return opened;
    }

    /// <summary>Lets go of the file; the last one lets writes that were begun be finished, and closes it.</summary>
    public async ValueTask LeaveAsync()
    {
        lock (Gate)
        {
            if (--_logs > 0)
            {
                return;
            }

            Forget(new(_file.Options));
        }

        await Writes.DisposeAsync().ConfigureAwait(false);
        // The last connection that is closed moves what is in the write-ahead log into the file.
        Readers.Dispose();
    }

    private static OpenDatabase? Join(Settings settings)
    {
        lock (Gate)
        {
            if (!Shared.TryGetValue(settings, out var shared))
            {
                return null;
            }

            try
            {
                shared._file.CheckInPlace();
                shared._logs++;
                return shared;
            }
            catch (AgentStateException)
            {
                // Another file is at the path by now: that is the one to be opened.
                shared.Forget(settings);
                return null;
            }
        }
    }

    private void Forget(Settings settings)
    {
        if (Shared.TryGetValue(settings, out var shared) && shared == this)
        {
            Shared.Remove(settings);
        }
    }

    /// <summary>What logs must agree on that share connections.</summary>
    private readonly record struct Settings(string Path, SqliteDurability Durability, TimeSpan BusyTimeout)
    {
        public Settings(SqliteLogOptions options)
            : this(options.DataSource, options.Durability, options.BusyTimeout)
        {
        }
    }
}
