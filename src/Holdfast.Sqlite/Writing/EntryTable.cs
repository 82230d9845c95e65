using Holdfast.Logs;
using Holdfast.Sqlite.Native;
using Holdfast.Sqlite.Rows;

namespace Holdfast.Sqlite.Writing;

/// <summary>Writes to <c>entries</c> and to <c>versions</c>, which says where the entries are that are no longer recent.</summary>
internal sealed class EntryTable(Connection connection)
{
    private readonly Statement _insert = connection.Prepare(
        """
        INSERT INTO entries (
            sequence, thread, version, commit_id, at, messages, keyframe, rewritten, hash, chain, keyframe_version, message_count, updated, body, mark, owner, place)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?2, ?1 + ?2)
        """);

    private readonly Statement _lastSequence = connection.Prepare("SELECT max(sequence) FROM entries");
    private readonly Statement _recent = connection.Prepare(RecentEntry.SelectAll);
    private readonly Statement _settle = connection.Prepare("INSERT OR REPLACE INTO versions (thread, version, sequence) VALUES (?1, ?2, ?3)");
    private readonly Statement _settleDamaged = connection.Prepare("INSERT OR IGNORE INTO versions (thread, version, sequence) VALUES (?1, ?2, ?3)");
    private readonly Statement _sequence = connection.Prepare("SELECT sequence FROM versions WHERE thread = ?1 AND version = ?2");
    private readonly Statement _lastVersion = connection.Prepare("SELECT max(version) FROM versions WHERE thread = ?1");
    private readonly Statement _commitId = connection.Prepare("SELECT commit_id FROM entries WHERE sequence = ?1");
    private readonly Statement _replaceBody = connection.Prepare("UPDATE entries SET body = ?2, rewritten = 1 WHERE sequence = ?1 AND thread = ?3 AND version = ?4");
    private readonly Statement _delete = connection.Prepare("DELETE FROM entries WHERE sequence = ?1");
    private readonly Statement _deleteSettled = connection.Prepare(
        $"DELETE FROM entries WHERE sequence IN (SELECT sequence FROM versions WHERE thread = ?1 AND version < ?2) AND {RecentEntry.ThreadSql} = ?1");

    private readonly Statement _unsettle = connection.Prepare("DELETE FROM versions WHERE thread = ?1 AND version < ?2");

    /// <summary>Reads which entries are recent.</summary>
    /// <exception cref="CorruptStateException">Of one of them it cannot be told which thread it is of.</exception>
    public RecentEntries ReadRecent()
    {
        var recent = new RecentEntries(_lastSequence.RunForInt64() ?? 0);
        var entries = RecentEntry.ReadMost(_recent, out var strays);
        foreach (var entry in entries)
        {
            recent.Add(entry);
        }

        return strays.Count == 0 ? recent : throw strays[0];
    }

    public void Insert(in RecentEntry place, LogEntry entry) => _insert
        .Bind(1, place.Sequence)
        .Bind(2, place.Thread)
        .Bind(3, entry.Version)
        .Bind(4, entry.CommitId)
        .Bind(5, Instants.Floor(entry.At))
        .Bind(6, entry.MessageCount)
        .Bind(7, entry.IsKeyframe ? 1 : 0)
        .Bind(8, entry.IsRewritten ? 1 : 0)
        .Bind(9, entry.BodyHash)
        .Bind(10, place.ChainHash!.Value)
        .Bind(11, place.KeyframeVersion)
        .Bind(12, place.MessageCount)
        .Bind(13, place.UpdatedAt)
        .BindBody(14, entry.Body.Span)
        .Bind(15, place.Mark)
        .Run();

    /// <summary>Writes down where an entry is.</summary>
    public void Settle(in RecentEntry entry) => (entry.IsDamaged ? _settleDamaged : _settle).Bind(1, entry.Thread).Bind(2, entry.Version).Bind(3, entry.Sequence).Run();

    /// <summary>Where the entry at a version is, if it is settled.</summary>
    public long? FindSettled(long thread, long version) => _sequence.Bind(1, thread).Bind(2, version).RunForInt64();

    /// <summary>The newest version of a thread that is settled.</summary>
    public long? LastSettled(long thread) => _lastVersion.Bind(1, thread).RunForInt64();

    /// <summary>Whether the entry at a place has the id <paramref name="id"/>.</summary>
    public bool Has(long sequence, CommitId id)
    {
        Span<byte> expected = stackalloc byte[16];
        id.Value.TryWriteBytes(expected, bigEndian: true, out _);
        try
        {
            return _commitId.Bind(1, sequence).Step() && _commitId.Bytes(0).SequenceEqual(expected);
        }
        finally
        {
            _commitId.Reset();
        }
    }

    /// <exception cref="CorruptStateException">Another entry is at that place.</exception>
    public void ReplaceBody(ThreadKey key, long thread, long version, long sequence, ReadOnlySpan<byte> body)
    {
        _replaceBody.Bind(1, sequence).BindBody(2, body).Bind(3, thread).Bind(4, version).Run();
        if (connection.Changes == 0)
        {
            throw new CorruptStateException(key, version, $"its place was expected to be {sequence}, which another entry has or none.");
        }
    }

    /// <summary>Deletes an entry, and returns how many that was.</summary>
    public int Delete(long sequence)
    {
        _delete.Bind(1, sequence).Run();
        return connection.Changes;
    }

    /// <summary>Deletes the settled entries below a version, and returns how many that were.</summary>
    public int DeleteSettled(long thread, long belowVersion)
    {
        _deleteSettled.Bind(1, thread).Bind(2, belowVersion).Run();
        var deleted = connection.Changes;
        _unsettle.Bind(1, thread).Bind(2, belowVersion).Run();
        return deleted;
    }

    /// <summary>Deletes the entries of a thread wherever they are, which takes a look at all entries of the file.</summary>
    public void DeleteEverywhere(long thread)
    {
        using var delete = connection.PrepareOnce($"DELETE FROM entries WHERE {RecentEntry.ThreadSql} = ?1");
        delete.Bind(1, thread).Run();
    }
}
