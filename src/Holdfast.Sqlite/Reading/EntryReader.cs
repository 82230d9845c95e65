using Holdfast.Logs;
using Holdfast.Sqlite.Connecting;
using Holdfast.Sqlite.Rows;

namespace Holdfast.Sqlite.Reading;

/// <summary>Reads entries, within the caller's transaction.</summary>
internal sealed class EntryReader(Connection connection)
{
    private const int ChunkBytes = 1 << 20;

    private Statement One => field ??= connection.Prepare($"SELECT {EntryRow.Columns} FROM entries e WHERE e.sequence = ?1");

    private Statement Forward => field ??= connection.Prepare(SettledSql("ASC"));

    private Statement Backward => field ??= connection.Prepare(SettledSql("DESC"));

    /// <summary>The entries of a thread from one version to another that are there, in order.</summary>
    /// <param name="number">The number of the thread.</param>
    /// <param name="key">The thread that the entries are said to be of.</param>
    /// <param name="recent">Its recent entries, by version, which are its last ones.</param>
    /// <param name="from">The lowest version.</param>
    /// <param name="to">The highest version.</param>
    /// <param name="direction">Which one comes first.</param>
    /// <exception cref="CorruptStateException">An entry is damaged.</exception>
    public IEnumerable<LogEntry> Read(long number, ThreadKey key, List<RecentEntry> recent, long from, long to, ReadDirection direction)
    {
        var lastSettled = Math.Min(to, recent is [var first, ..] ? first.Version - 1 : long.MaxValue);
        var wanted = recent.FindAll(entry => entry.Version >= from && entry.Version <= to);
        if (direction == ReadDirection.Forward)
        {
            return ReadSettled().Concat(wanted.SelectMany(ReadOne));
        }

        wanted.Reverse();
        return wanted.SelectMany(ReadOne).Concat(ReadSettled());

        IEnumerable<LogEntry> ReadOne(RecentEntry entry) => Run(One.Bind(1, entry.Sequence), key);

        IEnumerable<LogEntry> ReadSettled()
        {
            if (from > lastSettled)
            {
                // The tail of a thread in use is often all recent. To prepare the statement would cost as much as to read ten entries; that the table is gone is told without.
                connection.CheckColumn("versions", "sequence");
                return [];
            }

            return Run((direction == ReadDirection.Forward ? Forward : Backward).Bind(1, number).Bind(2, from).Bind(3, lastSettled), key);
        }
    }

    /// <summary>Reads as many entries as a piece of a reading has, up to the first damage.</summary>
    /// <param name="number">The number of the thread.</param>
    /// <param name="request">What is to be read.</param>
    /// <param name="thread">The head with the recent entries, as far as they can be read.</param>
    /// <param name="most">The most entries of the piece.</param>
    public EntryChunk ReadChunk(long number, ReadRequest request, ReadableThread thread, int most)
    {
        var isForward = request.Direction == ReadDirection.Forward;
        var (from, to) = (Math.Max(request.From, thread.Head?.FirstVersion ?? 1), Math.Min(request.To, thread.Head?.Version ?? long.MaxValue));
        var (step, last) = isForward ? (1, to) : (-1, from);
        var entries = new List<LogEntry>();
        var bytes = 0;

        // Where the head cannot be read, it is not known between which versions the thread has all.
        long? next = thread.Head is null ? null : isForward ? from : to;
        try
        {
            if (from > to)
            {
                return new(number, entries, IsLast: true, Damage: null);
            }

            if (!isForward && thread.Unplaced is not null && !(thread.Recent is [.., var newest] && newest.Version >= to))
            {
                return new(number, entries, IsLast: true, thread.Unplaced);
            }

            foreach (var entry in Read(number, request.Key, thread.Recent, from, to, request.Direction))
            {
                if (next is { } expected && entry.Version != expected)
                {
                    throw Missing(request.Key, expected);
                }

                entries.Add(entry);
                next = entry.Version + step;
                bytes += entry.Body.Length;
                if (entry.Version != last && (entries.Count == most || bytes >= ChunkBytes))
                {
                    return new(number, entries, IsLast: false, Damage: null);
                }
            }

            return thread.Head is not null && next != last + step ? throw Missing(request.Key, next!.Value)
                : new(number, entries, IsLast: true, isForward && next != last + step ? thread.Unplaced : null);
        }
        catch (CorruptStateException e)
        {
            return new(number, entries, IsLast: true, e);
        }
        catch (SqliteFailure e) when (SqliteErrors.IsDamage(e))
        {
            return new(number, entries, IsLast: true, new CorruptStateException(request.Key, next ?? 0, $"the database file cannot be read there: {e.Message}.", e));
        }
    }

    private static string SettledSql(string order)
        => $"""
        SELECT {EntryRow.Columns} FROM versions v JOIN entries e ON e.sequence = v.sequence AND e.thread = v.thread AND e.version = v.version
        WHERE v.thread = ?1 AND v.version BETWEEN ?2 AND ?3 ORDER BY v.version {order}
        """;

    private static CorruptStateException Missing(ThreadKey key, long version) => new(key, version, "the entry is missing.");

    private static IEnumerable<LogEntry> Run(Statement entries, ThreadKey key)
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
}
