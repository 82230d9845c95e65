using Holdfast.Logs;
using Holdfast.Sqlite.Connecting;
using Holdfast.Sqlite.Schema;

namespace Holdfast.Sqlite.Reading;

/// <summary>Tells of commits to a database file, whoever makes them, by a number of the file that each commit changes.</summary>
internal static class SqliteHints
{
    /// <summary>How often the number is asked for: a look at memory that the processes share, some microseconds.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>More entries than this at once are told as any.</summary>
    private const int Most = 1000;

    // Only those of threads that are still there.
    private const string NewEntries =
        "SELECT DISTINCT t.space, t.tenant, t.id FROM entries e JOIN threads t ON t.number = e.thread WHERE e.sequence > ?1 AND e.sequence <= ?2";

    public static async Task ListenAsync(DatabaseFile file, HintListening listening, CancellationToken stop)
    {
        using var connection = file.OpenReader();
        using var changed = connection.PrepareOnce("PRAGMA data_version");
        using var newest = connection.PrepareOnce("SELECT max(sequence) FROM entries");
        using var entries = connection.PrepareOnce(NewEntries);
        using var timer = new PeriodicTimer(Interval, TimeProvider.System);
        var (version, sequence) = (changed.RunForInt64(), newest.RunForInt64() ?? 0);
        listening.Begin();
        while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false))
        {
            file.CheckInPlace();
            var now = changed.RunForInt64();
            if (now != version)
            {
                var last = newest.RunForInt64() ?? 0;
                Tell(listening, entries, sequence, last);
                (version, sequence) = (now, last);
            }
        }
    }

    // A commit without an entry has erased, rewritten or kept alive something.
    private static void Tell(HintListening listening, Statement entries, long after, long last)
    {
        if (last <= after || last - after > Most)
        {
            listening.Hear(CommitHint.Any);
            return;
        }

        entries.Bind(1, after).Bind(2, last);
        try
        {
            while (entries.Step())
            {
                listening.Hear(CommitHint.Of(ThreadKey.Of((ThreadSpace)entries.Int64(0), entries.Text(1) ?? "", entries.Text(2) ?? "")));
            }
        }
        finally
        {
            entries.Reset();
        }
    }
}
