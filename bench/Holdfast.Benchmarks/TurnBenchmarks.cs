using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Holdfast.Sqlite;

namespace Holdfast.Benchmarks;

/// <summary>Whole turns through the public API on SQLite (synchronous=FULL), side by side with the raw driver.</summary>
internal static class TurnBenchmarks
{
    private static readonly int[] Histories = [10, 100, 1_000, 10_000];

    public static async Task RunAsync(Arguments arguments)
    {
        Directory.CreateDirectory(arguments.Directory);
        List<Measurement> results = [];
        foreach (var suite in new Func<Arguments, IAsyncEnumerable<Measurement>>[] { OneCallerAsync, ManyCallersAsync, HistoriesAsync })
        {
            await foreach (var result in suite(arguments))
            {
                if (results.Count == 0)
                {
                    Console.WriteLine("| what | median | spread | budget |\n|---|---|---|---|");
                }

                results.Add(result);
                Console.WriteLine(result);
            }
        }

        if (arguments.Json is { } file)
        {
            var report = new
            {
                Machine = new { RuntimeInformation.OSDescription, RuntimeInformation.FrameworkDescription, Environment.ProcessorCount, Sqlite = SqliteCommitLog.NativeVersion },
                Results = results,
            };
            await File.WriteAllTextAsync(file, JsonSerializer.Serialize(report, new JsonSerializerOptions(JsonSerializerDefaults.Web) { WriteIndented = true }));
        }
    }

    private static async IAsyncEnumerable<Measurement> OneCallerAsync(Arguments arguments)
    {
        const int commits = 400;
        var body = await Turn.BodyAsync();
        List<double> ours = [], raw = [];
        await using var store = await OpenAsync(arguments, "one");
        using var driver = new RawSqlite(PathOf(arguments, "one-raw"));
        for (var i = 0; i <= arguments.Repetitions; i++)
        {
            var session = await store.OpenAsync($"thread-{i}");
            ours.Add(await TimeAsync(commits, () => Turn.CommitAsync(session).AsTask()));
            raw.Add(await TimeAsync(commits, () =>
            {
                driver.Insert(body);
                return Task.CompletedTask;
            }));
        }

        yield return Measurement.Of("one caller: commit of a turn", "µs", ours.Skip(1));
        yield return Measurement.Of("one caller: raw INSERT of the same bytes", "µs", raw.Skip(1));
        yield return Measurement.Of("one caller: ratio", "×", ours.Zip(raw, (a, b) => a / b).Skip(1), "≤ 1.3");
    }

    private static async IAsyncEnumerable<Measurement> ManyCallersAsync(Arguments arguments)
    {
        const int callers = 32;
        const int commits = 100;
        var body = await Turn.BodyAsync();
        List<double> ours = [], shared = [], separate = [];
        await using var store = await OpenAsync(arguments, "many");
        using var driver = new RawSqlite(PathOf(arguments, "many-raw"));
        var drivers = Enumerable.Range(0, callers).Select(_ => new RawSqlite(PathOf(arguments, "many-raw"))).ToList();
        for (var i = 0; i <= arguments.Repetitions; i++)
        {
            var round = i;
            ours.Add(await RateAsync(callers, commits, async caller =>
            {
                var session = await store.OpenAsync($"thread-{round}-{caller}");
                for (var n = 0; n < commits; n++)
                {
                    await Turn.CommitAsync(session);
                }
            }));
            shared.Add(await RateAsync(callers, commits, _ =>
            {
                for (var n = 0; n < commits; n++)
                {
                    lock (driver)
                    {
                        driver.Insert(body);
                    }
                }

                return Task.CompletedTask;
            }));
            separate.Add(await RateAsync(callers, commits / 4, caller =>
            {
                for (var n = 0; n < commits / 4; n++)
                {
                    drivers[caller].Insert(body);
                }

                return Task.CompletedTask;
            }));
        }

        drivers.ForEach(raw => raw.Dispose());
        yield return Measurement.Of("32 callers: commits of turns", "/s", ours.Skip(1));
        yield return Measurement.Of("32 callers: raw INSERTs, one connection behind a lock", "/s", shared.Skip(1));
        yield return Measurement.Of("32 callers: raw INSERTs, a connection for each", "/s", separate.Skip(1));
        yield return Measurement.Of("32 callers: ratio to the faster of the two", "×", ours.Select((rate, i) => rate / Math.Max(shared[i], separate[i])).Skip(1), "≥ 3");
    }

    private static async IAsyncEnumerable<Measurement> HistoriesAsync(Arguments arguments)
    {
        const int turns = 256;
        var baseline = new List<double>();
        foreach (var history in Histories)
        {
            var path = PathOf(arguments, $"history-{history}");
            await using var store = await OpenAsync(arguments, $"history-{history}");
            var session = await store.OpenAsync("thread");
            long payload = 0;
            while (session.Version < history)
            {
                payload += (await Turn.CommitAsync(session)).Bytes;
            }

            List<double> turn = [], load = [], bytes = [];
            for (var i = 0; i <= arguments.Repetitions; i++)
            {
                long written = 0;
                turn.Add(await TimeAsync(turns, async () => written += (await Turn.CommitAsync(session)).Bytes));
                bytes.Add(written / (double)turns);
                load.Add(await TimeAsync(turns, async () =>
                {
                    var fresh = await store.OpenAsync("thread", new() { RecentMessages = 20 });
                    await fresh.History.LastAsync(20);
                }));
            }

            baseline = history == Histories[0] ? turn : baseline;
            yield return Measurement.Of($"history {history:N0}: a turn", "µs", turn.Skip(1));
            yield return Measurement.Of($"history {history:N0}: a turn, against history {Histories[0]}", "×", turn.Zip(baseline, (a, b) => a / b).Skip(1), "≤ 1.1");
            yield return Measurement.Of($"history {history:N0}: bytes of a turn", "B", bytes.Skip(1));
            yield return Measurement.Of($"history {history:N0}: open + last 20 messages", "µs", load.Skip(1), "≤ 1,000");
            await store.DisposeAsync();
            var single = (await Turn.BodyAsync()).Length;
            yield return Measurement.Of(
                $"history {history:N0}: bytes stored per byte of payload", "×", [new FileInfo(path).Length / ((double)single * session.Version)], history >= 1_000 ? "≤ 1.5" : null);
        }
    }

    private static async Task<double> TimeAsync(int times, Func<Task> action)
    {
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < times; i++)
        {
            await action();
        }

        return Stopwatch.GetElapsedTime(started).TotalMicroseconds / times;
    }

    // Each caller has a thread of its own, as in a server under load.
    private static async Task<double> RateAsync(int callers, int commits, Func<int, Task> run)
    {
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, callers).Select(caller =>
            Task.Factory.StartNew(() => run(caller).GetAwaiter().GetResult(), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        return callers * commits / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<AgentStateStore> OpenAsync(Arguments arguments, string name)
        => new(await SqliteCommitLog.OpenAsync(PathOf(arguments, name)));

    private static string PathOf(Arguments arguments, string name) => Path.Combine(arguments.Directory, name + ".db");
}
