using Holdfast.Logs;
using Holdfast.Sqlite.Native;
using Holdfast.Sqlite.Rows;

namespace Holdfast.Sqlite.Reading;

/// <summary>A connection that reads. One caller at a time.</summary>
internal sealed class ReaderConnection(Connection connection) : IDisposable
{
    private const int ChunkEntries = 256;
    private const int ChunkBytes = 1 << 20;

    // Each is prepared when it is needed for the first time: a connection of a short-lived process uses few of them.
    private Statement BeginStatement => field ??= connection.Prepare("BEGIN");

    private Statement CommitStatement => field ??= connection.Prepare("COMMIT");

    private readonly ThreadLookup _threads = new(connection);

    private Statement HeadStatement => field ??= connection.Prepare($"SELECT {HeadRow.Columns} FROM threads t WHERE t.number = ?1");

    private Statement RecentStatement => field ??= connection.Prepare(RecentEntry.SelectAll);

    private Statement RecentOfThreadStatement => field ??= connection.Prepare(RecentEntry.SelectOfThread);

    private Statement EntryStatement => field ??= connection.Prepare($"SELECT {EntryRow.Columns} FROM entries e WHERE e.sequence = ?1");

    private Statement ForwardStatement => field ??= connection.Prepare(SettledSql("ASC"));

    private Statement BackwardStatement => field ??= connection.Prepare(SettledSql("DESC"));

    /// <summary>Reads a head.</summary>
    public ThreadHead? Head(ThreadKey key) => InTransaction(() => FindHead(key)?.Head);

    /// <summary>Reads a head and the entries before it as one picture.</summary>
    public ThreadTail? Tail(ThreadKey key, int minimumEntries) => InTransaction(() =>
    {
        if (FindHead(key) is not var (head, number, recent))
        {
            return null;
        }

        var firstNeeded = Math.Max(head.KeyframeVersion, 1);
        var from = Math.Clamp(head.Version - minimumEntries + 1, 1, firstNeeded);
        var entries = Entries(number, key, recent, from, long.MaxValue, ReadDirection.Forward).ToList();
        CheckWhole(entries, head, firstNeeded);
        return new ThreadTail(head, entries);
    });

    /// <summary>The number by which the entries of a thread are found.</summary>
    /// <exception cref="CorruptStateException">The indexes and the rows do not agree.</exception>
    public long? Number(ThreadKey key) => InTransaction<long?>(() =>
    {
        if (_threads.StepTo(key) is not { } row)
        {
            return null;
        }

        var number = row.Int64(HeadRow.NumberColumn);
        row.Reset();
        return number;
    });

    /// <summary>Reads some of the entries from one version to another, in order; none when there are no more.</summary>
    public List<LogEntry> Chunk(long number, ThreadKey key, long from, long to, ReadDirection direction) => InTransaction(() =>
    {
        var chunk = new List<LogEntry>();
        var bytes = 0;
        foreach (var entry in Entries(number, key, Recent(number), from, to, direction))
        {
            chunk.Add(entry);
            bytes += entry.Body.Length;
            if (chunk.Count == ChunkEntries || bytes >= ChunkBytes)
            {
                break;
            }
        }

        return chunk;
    });

    /// <summary>Answers a listing.</summary>
    /// <param name="query">What is asked for.</param>
    /// <param name="leftOut">Gets what is wrong with each thread that is left out because it is damaged.</param>
    public HeadPage List(HeadQuery query, List<CorruptStateException> leftOut) => InTransaction(() =>
    {
        var recent = RecentEntry.ReadMost(RecentStatement, out var strays);
        leftOut.AddRange(strays);
        return new HeadListing(connection, HeadStatement, query, recent.ToLookup(entry => entry.Thread), leftOut).Page();
    });

    /// <summary>Looks through the whole file for damage; some of what is wrong, empty if nothing is.</summary>
    public List<string> FindProblems()
    {
        using var check = connection.PrepareOnce("PRAGMA integrity_check(10)");
        var problems = new List<string>();
        while (check.Step())
        {
            problems.Add(check.Text(0) ?? "");
        }

        return problems is ["ok"] ? [] : problems;
    }

    public void Dispose() => connection.Dispose();

    private static string SettledSql(string order)
        => $"""
        SELECT {EntryRow.Columns} FROM versions v JOIN entries e ON e.sequence = v.sequence AND e.thread = v.thread AND e.version = v.version
        WHERE v.thread = ?1 AND v.version BETWEEN ?2 AND ?3 ORDER BY v.version {order}
        """;

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

    private (ThreadHead Head, long Number, List<RecentEntry> Recent)? FindHead(ThreadKey key)
    {
        if (_threads.StepTo(key) is not { } row)
        {
            return null;
        }

        try
        {
            var number = row.Int64(HeadRow.NumberColumn);
            var recent = Recent(number);
            return (HeadRow.Read(row, key, recent), number, recent);
        }
        finally
        {
            row.Reset();
        }
    }

    /// <summary>The recent entries of a thread, by version.</summary>
    /// <exception cref="CorruptStateException">Of one of the recent entries it cannot be told which thread it is of.</exception>
    private List<RecentEntry> Recent(long number) => RecentEntry.ReadOf(RecentOfThreadStatement.Bind(1, number), number);

    // The recent entries of a thread are its last ones.
    private IEnumerable<LogEntry> Entries(long number, ThreadKey key, List<RecentEntry> recent, long from, long to, ReadDirection direction)
    {
        var lastSettled = Math.Min(to, recent is [var first, ..] ? first.Version - 1 : long.MaxValue);
        var wanted = recent.FindAll(entry => entry.Version >= from && entry.Version <= to);
        if (direction == ReadDirection.Forward)
        {
            return ReadEntries(ForwardStatement.Bind(1, number).Bind(2, from).Bind(3, lastSettled), key).Concat(wanted.SelectMany(ReadOne));
        }

        wanted.Reverse();
        return wanted.SelectMany(ReadOne).Concat(ReadEntries(BackwardStatement.Bind(1, number).Bind(2, from).Bind(3, lastSettled), key));

        IEnumerable<LogEntry> ReadOne(RecentEntry entry) => ReadEntries(EntryStatement.Bind(1, entry.Sequence), key);
    }

    private static IEnumerable<LogEntry> ReadEntries(Statement entries, ThreadKey key)
    {
        try
        {
            while (entries.Step())
            {
                yield return EntryRow.Read(entries, key);
            }
        }
        finally
        {
            entries.Reset();
        }
    }

    private T InTransaction<T>(Func<T> read)
    {
        BeginStatement.Run();
        try
        {
            return read();
        }
        finally
        {
            if (connection.InTransaction)
            {
                CommitStatement.Run();
            }
        }
    }
}
