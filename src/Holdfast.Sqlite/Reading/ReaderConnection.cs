using Holdfast.Logs;
using Holdfast.Sqlite.Native;
using Holdfast.Sqlite.Rows;

namespace Holdfast.Sqlite.Reading;

/// <summary>A connection that reads. One caller at a time.</summary>
internal sealed class ReaderConnection : IDisposable
{
    private const int ChunkEntries = 256;
    private const int ChunkBytes = 1 << 20;

    private readonly Connection _connection;
    private readonly Statement _begin;
    private readonly Statement _commit;
    private readonly Statement _head;
    private readonly Statement _number;
    private readonly Statement _forward;
    private readonly Statement _backward;

    public ReaderConnection(Connection connection)
    {
        _connection = connection;
        _begin = connection.Prepare("BEGIN");
        _commit = connection.Prepare("COMMIT");
        _head = connection.Prepare($"SELECT {HeadRow.Columns} FROM threads t WHERE t.tenant = ?1 AND t.id = ?2");
        _number = connection.Prepare("SELECT number FROM threads WHERE tenant = ?1 AND id = ?2");
        _forward = connection.Prepare(EntriesSql("ASC"));
        _backward = connection.Prepare(EntriesSql("DESC"));
    }

    /// <summary>Reads a head.</summary>
    public ThreadHead? Head(ThreadKey key) => FindHead(key)?.Head;

    /// <summary>Reads a head and the entries before it as one picture.</summary>
    public ThreadTail? Tail(ThreadKey key, int minimumEntries)
    {
        _begin.Run();
        try
        {
            if (FindHead(key) is not var (number, head))
            {
                return null;
            }

            var firstNeeded = Math.Max(head.KeyframeVersion, 1);
            var from = Math.Clamp(head.Version - minimumEntries + 1, 1, firstNeeded);
            var entries = ReadTail(number, head, from);
            CheckWhole(entries, head, firstNeeded);
            return new(head, entries);
        }
        finally
        {
            End();
        }
    }

    /// <summary>The number by which the entries of a thread are found.</summary>
    public long? Number(ThreadKey key)
    {
        try
        {
            return _number.Bind(1, key.Tenant).Bind(2, key.Id.Value).Step() ? _number.Int64(0) : null;
        }
        finally
        {
            _number.Reset();
        }
    }

    /// <summary>Reads some of the entries from one version to another, in order; none when there are no more.</summary>
    public List<LogEntry> Chunk(long number, ThreadKey key, long from, long to, ReadDirection direction)
    {
        var statement = direction == ReadDirection.Forward ? _forward : _backward;
        var entries = new List<LogEntry>();
        try
        {
            statement.Bind(1, number).Bind(2, from).Bind(3, to);
            for (var bytes = 0; entries.Count < ChunkEntries && bytes < ChunkBytes && statement.Step();)
            {
                var entry = EntryRow.Read(statement, key);
                entries.Add(entry);
                bytes += entry.Body.Length;
            }
        }
        finally
        {
            statement.Reset();
        }

        return entries;
    }

    /// <summary>Answers a listing.</summary>
    public HeadPage List(HeadQuery query)
    {
        _begin.Run();
        try
        {
            return HeadListing.Page(_connection, query);
        }
        finally
        {
            End();
        }
    }

    public void Dispose() => _connection.Dispose();

    private static string EntriesSql(string order)
        => $"SELECT {EntryRow.Columns} FROM entries WHERE thread = ?1 AND version BETWEEN ?2 AND ?3 ORDER BY version {order}";

    private static void CheckWhole(List<LogEntry> entries, ThreadHead head, long firstNeeded)
    {
        var expected = entries.Count == 0 ? firstNeeded : Math.Min(entries[0].Version, firstNeeded);
        foreach (var entry in entries)
        {
            if (entry.Version != expected)
            {
                break;
            }

            expected++;
        }

        if (expected != head.Version + 1)
        {
            throw new CorruptStateException(head.Key, expected, $"its head is at version {head.Version}, but this entry is not there.");
        }
    }

    private (long Number, ThreadHead Head)? FindHead(ThreadKey key)
    {
        try
        {
            return _head.Bind(1, key.Tenant).Bind(2, key.Id.Value).Step() ? (_head.Int64(HeadRow.NumberColumn), HeadRow.Read(_head)) : null;
        }
        finally
        {
            _head.Reset();
        }
    }

    private List<LogEntry> ReadTail(long number, ThreadHead head, long from)
    {
        var entries = new List<LogEntry>();
        try
        {
            _forward.Bind(1, number).Bind(2, from).Bind(3, long.MaxValue);
            while (_forward.Step())
            {
                entries.Add(EntryRow.Read(_forward, head.Key));
            }
        }
        finally
        {
            _forward.Reset();
        }

        return entries;
    }

    private void End()
    {
        if (_connection.InTransaction)
        {
            _commit.Run();
        }
    }
}
