namespace Holdfast.Sqlite.Connecting;

/// <summary>Notices when the files that connections have open are not the ones at their paths any more.</summary>
/// <remarks>
/// SQLite would go on with files that no one else can find, and what it acknowledges would end with the process
/// (https://sqlite.org/howtocorrupt.html#_unlinking_or_renaming_a_database_file_while_in_use). A connection has to be open from before the watch
/// is made until after its last use: as long as one is, SQLite itself never removes the log.
/// </remarks>
internal sealed class FileWatch
{
    private readonly WatchedFile _database;
    private readonly WatchedFile _log;
    private readonly WatchedFile _index;

    /// <param name="path">The path by which the database was opened.</param>
    /// <param name="openPath">The path that SQLite made of it, beside which its other files are.</param>
    public FileWatch(string path, string openPath)
        => (_database, _log, _index) = (new(path), new(openPath + "-wal"), new(openPath + "-shm"));

    /// <summary>Throws if a file was removed, renamed, replaced or emptied.</summary>
    /// <param name="committed">Whether something was just committed: then only the database file is looked at.</param>
    /// <exception cref="StoreUnavailableException">A file is gone or another one.</exception>
    /// <exception cref="CorruptStateException">The database file is empty.</exception>
    public void Check(bool committed = false)
    {
        if (_database.Problem(out var size) is { } problem)
        {
            throw new StoreUnavailableException(
                $"The database file '{_database.Path}' {problem}. {Outcome(committed)} Put it back, or open another store if another file is meant. " +
                $"What is beside it as '{_log.Path}' belongs to the file that was there.",
                outcomeUnknown: committed);
        }

        if (size == 0)
        {
            throw new CorruptStateException($"The database file '{_database.Path}' was cut to 0 bytes while it is in use. Keep a copy of it and of '{_log.Path}', and restore a backup.");
        }

        // After a commit, the next call is soon enough for these.
        if (!committed && (_log.Problem(out _) ?? _index.Problem(out _)) is { } lost)
        {
            throw new StoreUnavailableException(
                $"'{(_log.Problem(out _) is null ? _index : _log).Path}', which belongs to the database file '{_database.Path}' while it is in use, {lost}. Nothing was read or written. " +
                "The newest commits may be in it alone: end this process in the orderly way, which moves them into the database file unless another process has opened that since.");
        }
    }

    private static string Outcome(bool committed)
        => committed ? "Whether the last writes are in the right file is not known: repeat them once it is back." : "Nothing was read or written.";

    private sealed class WatchedFile
    {
        private readonly byte[] _name;
        private readonly FileIdentity? _identity;

        public WatchedFile(string path)
        {
            (Path, _name) = (path, FileIdentity.NameOf(path));
            _identity = FileIdentity.TryGet(path, _name, out var identity, out _) == true ? identity : null;
        }

        public string Path { get; }

        /// <summary>What became of the file; null if it is the one that it was.</summary>
        public string? Problem(out long size)
        {
            size = -1;
            if (_identity is null)
            {
                return null;
            }

            var exists = FileIdentity.TryGet(Path, _name, out var identity, out var found);
            if (exists is null)
            {
                return null;
            }

            size = found;
            return exists == false ? "was there and is gone"
                : identity != _identity ? "was there and has been replaced by another one"
                : null;
        }
    }
}
