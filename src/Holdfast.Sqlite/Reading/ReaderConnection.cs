using Holdfast.Logs;
using Holdfast.Sqlite.Connecting;
using Holdfast.Sqlite.Rows;

namespace Holdfast.Sqlite.Reading;

/// <summary>A connection that reads. One caller at a time.</summary>
internal sealed class ReaderConnection(Connection connection) : IDisposable
{
    private readonly ThreadLookup _threads = new(connection);
    private readonly EntryReader _entries = new(connection);

    // Each is prepared when it is needed for the first time: a connection of a short-lived process uses few of them.
    private Statement BeginStatement => field ??= connection.Prepare("BEGIN");

    private Statement CommitStatement => field ??= connection.Prepare("COMMIT");

    /// <summary>The connection, for listings.</summary>
    public Connection Connection => connection;

    /// <summary>Selects the head with the number <c>?1</c>.</summary>
    public Statement HeadStatement => field ??= connection.Prepare($"SELECT {HeadRow.Columns} FROM threads t WHERE t.number = ?1");

    private Statement PinsStatement => field ??= connection.Prepare(PinRow.Select);

    /// <summary>Selects the recent entries of all threads.</summary>
    public Statement RecentStatement => field ??= connection.Prepare(RecentEntry.SelectAll);

    private Statement RecentOfThreadStatement => field ??= connection.Prepare(RecentEntry.SelectOfThread);

    /// <summary>Reads a head.</summary>
    public ThreadHead? Head(HeadRequest request) => InTransaction(() =>
        Find(request.Key) is not var (head, number, _) ? null
        : request.WithPins ? head with { Pins = PinRow.ReadAll(PinsStatement, number, head) }
        : head);

    /// <summary>Reads a head and the entries before it as one picture.</summary>
    public ThreadTail? Tail(TailRequest request) => InTransaction(() =>
    {
        if (Find(request.Key) is not var (head, number, recent) || (request.Life is { } life && life != head.Life))
        {
            return null;
        }

        var start = TailWindow.Start(head, request);
        var entries = start > head.Version ? [] : _entries.Read(number, head.Key, recent, start, head.Version, ReadDirection.Forward).ToList();
        TailWindow.CheckNoGap(head, start, entries);
        return new ThreadTail(head, entries);
    });

    /// <summary>Reads some of the entries that are asked for.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="number">The number of the thread, where an entry of it was read already.</param>
    /// <param name="most">The most entries to read.</param>
    /// <returns>The entries; null if there is no such thread, or it has another life.</returns>
    /// <exception cref="CorruptStateException">The indexes and the rows do not agree, or the life cannot be told.</exception>
    public EntryChunk? Chunk(ReadRequest request, long? number, int most) => InTransaction(() =>
        Readable(request.Key, number) is not { } thread ? null
        : request.Life is { } life && thread.Life != life ? thread.Damage is null ? null : throw thread.Damage
        : _entries.ReadChunk(thread.Number, request, thread, most));

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

    /// <summary>Reads as of one moment.</summary>
    public T InTransaction<T>(Func<T> read)
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

    public void Dispose() => connection.Dispose();

    private (ThreadHead Head, long Number, List<RecentEntry> Recent)? Find(ThreadKey key)
    {
        if (Readable(key, null) is not { } thread)
        {
            return null;
        }

        return thread.Head is { } head ? (head, thread.Number, thread.Recent) : throw thread.Damage!;
    }

    private ReadableThread? Readable(ThreadKey key, long? number)
    {
        var row = number is { } known ? HeadStatement.Bind(1, known) : _threads.StepTo(key);
        if (row is null)
        {
            return null;
        }

        try
        {
            // One that was renamed meanwhile is still the same thread.
            return number is null || row.Step() ? Read(row, number is null ? key : HeadRow.ReadKey(row)) : null;
        }
        finally
        {
            row.Reset();
        }
    }

    private ReadableThread Read(Statement row, ThreadKey key)
    {
        var number = row.Int64(HeadRow.NumberColumn);
        var recent = RecentEntry.ReadOf(RecentOfThreadStatement.Bind(1, number), number, out var unplaced);
        CommitId? life = null;
        ThreadHead? head = null;
        AgentStateException? damage = unplaced;
        try
        {
            life = HeadRow.ReadLife(row, key);
            head = unplaced is null ? HeadRow.Read(row, key, recent) : null;
        }
        catch (Exception e) when (e is CorruptStateException or UnknownFormatException)
        {
            damage = (AgentStateException)e;
        }

        return new(number, life, head, recent, damage, unplaced);
    }
}
