using Holdfast.Logs;
using Holdfast.Sqlite.Connecting;
using Holdfast.Sqlite.Rows;

namespace Holdfast.Sqlite.Writing;

/// <summary>The connection that writes. One caller at a time.</summary>
/// <remarks>
/// It remembers the heads that it wrote and which entries are recent, so that an append to a thread in use reads nothing. What it remembers holds
/// until another connection, of any process, has committed something.
/// </remarks>
internal sealed class WriterConnection : IDisposable
{
    /// <summary>How many heads are remembered.</summary>
    private const int MaxKnown = 1024;

    private readonly Connection _connection;
    private readonly Dictionary<ThreadKey, StoredThread> _known = [];
    private RecentEntries? _recent;
    private long _seenVersion;

    /// <summary>Takes over a connection to a file that has the current schema.</summary>
    public WriterConnection(Connection connection)
    {
        _connection = connection;
        connection.IsLasting = true;
        // Whoever wants to write asks for the lock again and again; only where that cannot be done is SQLite told to wait.
        connection.SetBusyTimeout(TimeSpan.Zero);
        Threads = new(connection);
        Entries = new(connection);
        Terms = new(connection);
        Pins = new(connection);
    }

    public ThreadTable Threads { get; }

    public EntryTable Entries { get; }

    public TermTable Terms { get; }

    public PinTable Pins { get; }

    private Statement BeginStatement => field ??= _connection.Prepare("BEGIN IMMEDIATE");

    private Statement CommitStatement => field ??= _connection.Prepare("COMMIT");

    private Statement DataVersionStatement => field ??= _connection.Prepare("PRAGMA data_version");

    private RecentEntries Recent => _recent ??= Entries.ReadRecent();

    /// <summary>Begins a transaction that may write; false if another process holds the lock.</summary>
    public bool TryBegin()
    {
        if (!BeginStatement.TryRun())
        {
            return false;
        }

        // It changes with what others commit; see https://sqlite.org/pragma.html#pragma_data_version.
        if (DataVersionStatement.RunForInt64() is var version && version != _seenVersion)
        {
            ForgetAll();
            _seenVersion = version ?? 0;
        }

        return true;
    }

    /// <summary>Begins a transaction that may write, and has SQLite wait for the lock; false if that took too long.</summary>
    public bool TryBegin(TimeSpan timeout)
    {
        _connection.SetBusyTimeout(timeout);
        try
        {
            return TryBegin();
        }
        finally
        {
            _connection.SetBusyTimeout(TimeSpan.Zero);
        }
    }

    /// <summary>Finds a thread for an append.</summary>
    /// <exception cref="CorruptStateException">The head is damaged.</exception>
    public StoredThread? FindForAppend(ThreadKey key) => _known.TryGetValue(key, out var known) ? known : Find(key);

    /// <summary>Finds a thread as it is stored.</summary>
    /// <exception cref="CorruptStateException">The head is damaged, or the newest entry is not that of the head.</exception>
    public StoredThread? Find(ThreadKey key)
    {
        if (Threads.Find(key, Recent) is not { } found)
        {
            return null;
        }

        var (version, recent) = (found.Head.Version, Recent.Of(found.Number));
        var newest = Math.Max(recent is [.., var last] ? last.Version : 0, Entries.LastSettled(found.Number) ?? 0);
        return newest == version ? found
            : newest < version ? throw new CorruptStateException(key, version, "the entry is missing; the head is at this version.")
            : throw new CorruptStateException(key, version + 1, $"its head is at version {version}, but entries stand beyond it, up to version {newest}.");
    }

    /// <summary>Appends an entry to a thread, with <paramref name="head"/> as far as every append changes it.</summary>
    public void Append(long thread, LogEntry entry, ThreadHead head)
    {
        var place = new RecentEntry(
            Recent.NextSequence, thread, entry.Version, head.KeyframeVersion, head.ChainHash, head.MessageCount, Instants.Floor(head.UpdatedAt));
        Entries.Insert(place, entry);
        Recent.Add(place);
    }

    /// <summary>Makes a thread the one that the next append finds, with metadata and terms that no one else can change or dispose of.</summary>
    public void Remember(in StoredThread thread)
    {
        if (_known.Count >= MaxKnown)
        {
            _known.Clear();
        }

        _known[thread.Head.Key] = thread;
    }

    /// <summary>Has the next append to a thread read its head.</summary>
    public void Forget(ThreadKey key) => _known.Remove(key);

    /// <summary>Where the entry at a version of a thread is, which has that version.</summary>
    /// <exception cref="CorruptStateException">It is not there.</exception>
    public long Locate(in StoredThread thread, long version)
    {
        foreach (var entry in Recent.Of(thread.Number))
        {
            if (entry.Version == version)
            {
                return entry.Sequence;
            }
        }

        return Entries.FindSettled(thread.Number, version) ?? throw new CorruptStateException(thread.Head.Key, version, "the entry is missing.");
    }

    /// <summary>The commit id of the entry at a version of a thread, which has that version.</summary>
    /// <exception cref="CorruptStateException">It is not there or damaged.</exception>
    public CommitId CommitIdAt(in StoredThread thread, long version) => Entries.CommitId(thread, version, Locate(thread, version));

    /// <summary>Whether the entry at a version of a thread, which has that version, is a keyframe.</summary>
    /// <exception cref="CorruptStateException">It is not there.</exception>
    public bool IsKeyframe(in StoredThread thread, long version) => Entries.IsKeyframe(thread, version, Locate(thread, version));

    /// <summary>Deletes the entries of a thread below a version, and returns how many were found.</summary>
    public long DeleteBelow(long thread, long version)
    {
        var deleted = Entries.DeleteSettled(thread, version);
        foreach (var entry in Recent.Of(thread).Where(entry => entry.Version < version))
        {
            deleted += Entries.Delete(entry.Sequence);
        }

        Recent.RemoveBelow(thread, version);
        return deleted;
    }

    /// <summary>Ends what the transaction writes.</summary>
    public void Finish()
    {
        if (_recent is { AreDue: true })
        {
            _recent.Settle(Threads, Entries);
        }
    }

    public void Commit() => CommitStatement.Run();

    /// <summary>Takes back what the transaction wrote, if SQLite has not done so itself, as it does after some errors.</summary>
    public void Rollback()
    {
        ForgetAll();
        if (_connection.InTransaction)
        {
            _connection.Execute("ROLLBACK");
        }
    }

    public void Dispose() => _connection.Dispose();

    // Never within a transaction that has appended: it would not settle what it has to.
    private void ForgetAll()
    {
        _known.Clear();
        _recent = null;
    }
}
