using Holdfast.Logs;
using Holdfast.Sqlite.Native;
using Holdfast.Sqlite.Rows;
using SQLitePCL;

namespace Holdfast.Sqlite.Writing;

/// <summary>Writes to <c>entries</c>.</summary>
internal sealed class EntryTable(Connection connection)
{
    private readonly Statement _insert = connection.Prepare(
        $"INSERT INTO entries (thread, {EntryRow.Columns}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");

    private readonly Statement _commitId = connection.Prepare("SELECT commit_id FROM entries WHERE thread = ?1 AND version = ?2");
    private readonly Statement _firstVersion = connection.Prepare("SELECT min(version) FROM entries WHERE thread = ?1");
    private readonly Statement _replaceBody = connection.Prepare("UPDATE entries SET body = ?3, rewritten = 1 WHERE thread = ?1 AND version = ?2");
    private readonly Statement _deleteBelow = connection.Prepare("DELETE FROM entries WHERE thread = ?1 AND version < ?2");

    public void Insert(long thread, LogEntry entry)
    {
        _insert
            .Bind(1, thread)
            .Bind(2, entry.Version)
            .Bind(3, entry.CommitId)
            .Bind(4, Instants.Floor(entry.At))
            .Bind(5, entry.MessageCount)
            .Bind(6, entry.IsKeyframe ? 1 : 0)
            .Bind(7, entry.IsRewritten ? 1 : 0)
            .Bind(8, entry.BodyHash)
            .BindBody(9, entry.Body.Span);
        try
        {
            _insert.Run();
        }
        catch (SqliteFailure e) when (e.PrimaryCode == raw.SQLITE_CONSTRAINT)
        {
            throw new CorruptStateException(entry.Key, entry.Version, "an entry stands there already, beyond the version of the head.", e);
        }
    }

    /// <summary>Whether the entry at a version is there and has the id <paramref name="id"/>.</summary>
    public bool Has(long thread, long version, CommitId id)
    {
        Span<byte> expected = stackalloc byte[16];
        id.Value.TryWriteBytes(expected, bigEndian: true, out _);
        try
        {
            return _commitId.Bind(1, thread).Bind(2, version).Step() && _commitId.Bytes(0).SequenceEqual(expected);
        }
        finally
        {
            _commitId.Reset();
        }
    }

    /// <summary>The oldest version that is there.</summary>
    public long FirstVersion(long thread)
    {
        try
        {
            _firstVersion.Bind(1, thread).Step();
            return _firstVersion.Int64(0);
        }
        finally
        {
            _firstVersion.Reset();
        }
    }

    public void ReplaceBody(long thread, long version, ReadOnlySpan<byte> body)
        => _replaceBody.Bind(1, thread).Bind(2, version).BindBody(3, body).Run();

    public void DeleteBelow(long thread, long version) => _deleteBelow.Bind(1, thread).Bind(2, version).Run();
}
