using Holdfast.Logs;
using Holdfast.Sqlite.Connecting;
using Holdfast.Sqlite.Rows;

namespace Holdfast.Sqlite.Writing;

/// <summary>Writes to <c>entries</c> and to <c>versions</c>, which says where the entries are that are no longer recent.</summary>
internal sealed class EntryTable(Connection connection)
{
    private const string InsertSql =
        """
        INSERT INTO entries (
            sequence, thread, version, commit_id, at, messages, keyframe, rewritten, hash, chain, keyframe_version, message_count, updated, body, mark, owner, place)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?2, ?1 + ?2)
        """;

    private const string DeleteSettledSql =
        $"DELETE FROM entries WHERE sequence IN (SELECT sequence FROM versions WHERE thread = ?1 AND version < ?2) AND {RecentEntry.ThreadSql} = ?1";

    // Each is prepared when it is needed for the first time.
    private Statement InsertStatement => field ??= connection.Prepare(InsertSql);

    private Statement LastSequence => field ??= connection.Prepare("SELECT max(sequence) FROM entries");

    private Statement RecentStatement => field ??= connection.Prepare(RecentEntry.SelectAll);

    private Statement SettleStatement => field ??= connection.Prepare("INSERT OR REPLACE INTO versions (thread, version, sequence) VALUES (?1, ?2, ?3)");

    private Statement SettleDamaged => field ??= connection.Prepare("INSERT OR IGNORE INTO versions (thread, version, sequence) VALUES (?1, ?2, ?3)");

    private Statement SequenceStatement => field ??= connection.Prepare("SELECT sequence FROM versions WHERE thread = ?1 AND version = ?2");

    private Statement LastVersion => field ??= connection.Prepare("SELECT max(version) FROM versions WHERE thread = ?1");

    private Statement PlaceStatement => field ??= connection.Prepare("SELECT commit_id, keyframe FROM entries WHERE sequence = ?1 AND thread = ?2 AND version = ?3");

    private Statement ReplaceStatement => field ??= connection.Prepare("UPDATE entries SET body = ?2, rewritten = ?5 WHERE sequence = ?1 AND thread = ?3 AND version = ?4");

    private Statement DeleteStatement => field ??= connection.Prepare("DELETE FROM entries WHERE sequence = ?1");

    private Statement DeleteSettledStatement => field ??= connection.Prepare(DeleteSettledSql);

    private Statement Unsettle => field ??= connection.Prepare("DELETE FROM versions WHERE thread = ?1 AND version < ?2");

    /// <summary>Reads which entries are recent.</summary>
    /// <exception cref="CorruptStateException">Of one of them it cannot be told which thread it is of.</exception>
    public RecentEntries ReadRecent()
    {
        var recent = new RecentEntries(LastSequence.RunForInt64() ?? 0);
        var entries = RecentEntry.ReadMost(RecentStatement, out var strays);
        foreach (var entry in entries)
        {
            recent.Add(entry);
        }

        return strays.Count == 0 ? recent : throw strays[0];
    }

    public void Insert(in RecentEntry place, LogEntry entry) => InsertStatement
        .Bind(1, place.Sequence)
        .Bind(2, place.Thread)
        .Bind(3, entry.Version)
        .Bind(4, entry.CommitId)
        .Bind(5, Instants.Floor(entry.At))
        .Bind(6, entry.MessageCount)
        .Bind(7, entry.IsKeyframe ? 1 : 0)
        .Bind(8, entry.RewrittenHash)
        .Bind(9, entry.BodyHash)
        .Bind(10, place.ChainHash!.Value)
        .Bind(11, place.KeyframeVersion)
        .Bind(12, place.MessageCount)
        .Bind(13, place.UpdatedAt)
        .BindBody(14, entry.Body.Span)
        .Bind(15, RowGuards.Entry(place.Mark, Instants.Floor(entry.At), entry.MessageCount, entry.IsKeyframe))
        .Run();

    /// <summary>Writes down where an entry is.</summary>
    public void Settle(in RecentEntry entry) => (entry.IsDamaged ? SettleDamaged : SettleStatement).Bind(1, entry.Thread).Bind(2, entry.Version).Bind(3, entry.Sequence).Run();

    /// <summary>Where the entry at a version is, if it is settled.</summary>
    public long? FindSettled(long thread, long version) => SequenceStatement.Bind(1, thread).Bind(2, version).RunForInt64();

    /// <summary>The newest version of a thread that is settled.</summary>
    public long? LastSettled(long thread) => LastVersion.Bind(1, thread).RunForInt64();

    /// <summary>The commit id of the entry at a place.</summary>
    /// <exception cref="CorruptStateException">Another entry is at that place, or its id cannot be one.</exception>
    public CommitId CommitId(in StoredThread thread, long version, long sequence)
    {
        var key = thread.Head.Key;
        return AtPlace(thread, version, sequence, row => HeadRow.ReadCommitId(row, 0, key, version));
    }

    /// <summary>Whether the entry at a place is a keyframe.</summary>
    /// <exception cref="CorruptStateException">Another entry is at that place.</exception>
    public bool IsKeyframe(in StoredThread thread, long version, long sequence) => AtPlace(thread, version, sequence, row => row.Int64(1) != 0);

    /// <exception cref="CorruptStateException">Another entry is at that place.</exception>
    public void ReplaceBody(in StoredThread thread, long version, long sequence, ReadOnlySpan<byte> body)
    {
        ReplaceStatement.Bind(1, sequence).BindBody(2, body).Bind(3, thread.Number).Bind(4, version).Bind(5, Digest.Compute(body)).Run();
        if (connection.Changes == 0)
        {
            throw NotAtPlace(thread, version, sequence);
        }
    }

    /// <summary>Deletes an entry, and returns how many that was.</summary>
    public int Delete(long sequence)
    {
        DeleteStatement.Bind(1, sequence).Run();
        return connection.Changes;
    }

    /// <summary>Deletes the settled entries below a version, and returns how many that were.</summary>
    public int DeleteSettled(long thread, long belowVersion)
    {
        DeleteSettledStatement.Bind(1, thread).Bind(2, belowVersion).Run();
        var deleted = connection.Changes;
        Unsettle.Bind(1, thread).Bind(2, belowVersion).Run();
        return deleted;
    }

    /// <summary>Deletes the entries of a thread wherever they are, which takes a look at all entries of the file.</summary>
    public void DeleteEverywhere(long thread)
    {
        using var delete = connection.PrepareOnce($"DELETE FROM entries WHERE {RecentEntry.ThreadSql} = ?1");
        delete.Bind(1, thread).Run();
    }

    private T AtPlace<T>(in StoredThread thread, long version, long sequence, Func<Statement, T> read)
    {
        var row = PlaceStatement.Bind(1, sequence).Bind(2, thread.Number).Bind(3, version);
        try
        {
            return row.Step() ? read(row) : throw NotAtPlace(thread, version, sequence);
        }
        finally
        {
            row.Reset();
        }
    }

    private static CorruptStateException NotAtPlace(in StoredThread thread, long version, long sequence)
        => new(thread.Head.Key, version, $"its place was expected to be {sequence}, which another entry has or none.");
}
