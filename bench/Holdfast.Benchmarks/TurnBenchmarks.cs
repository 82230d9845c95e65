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
        foreach (var suite in new Func<Arguments, IAsyncEnumerable<Measurement>>[] { HistoriesAsync, ManyCallersAsync, OneCallerAsync })
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
        var body = await Turn.BodyAsync();
        await using var store = await OpenAsync(arguments, "one");
        using var driver = new RawSqlite(PathOf(arguments, "one-raw"));
        var session = await store.OpenAsync("thread");
        var times = await Interleaved.MeasureAsync(arguments.Repetitions, 400, () => Turn.CommitAsync(session).AsTask(), () =>
        {
            driver.Insert(body);
            return Task.CompletedTask;
        });
        yield return Measurement.Of("one caller: commit of a turn", "µs", times[0]);
        yield return Measurement.Of("one caller: raw INSERT of the same bytes", "µs", times[1]);
        yield return Measurement.Of("one caller: ratio", "×", times[0].Zip(times[1], (a, b) => a / b), "≤ 1.3");
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
        var payload = (await Turn.BodyAsync()).Length;
        var stores = new List<AgentStateStore>();
        var sessions = new List<ThreadSession>();
        foreach (var history in Histories)
        {
            stores.Add(await OpenAsync(arguments, $"history-{history}"));
            sessions.Add(await stores[^1].OpenAsync("thread"));
            while (sessions[^1].Version < history)
            {
                await Turn.CommitAsync(sessions[^1]);
            }
        }

        var bytes = new long[Histories.Length];
        var versions = sessions.ConvertAll(session => session.Version);
        var turns = await Interleaved.MeasureAsync(arguments.Repetitions, 256, [.. sessions.Select((session, i) => (Func<Task>)(async () =>
            bytes[i] += (await Turn.CommitAsync(session)).Bytes))]);
        var loads = await Interleaved.MeasureAsync(arguments.Repetitions, 256, [.. stores.Select(store => (Func<Task>)(async () =>
        {
            var fresh = await store.OpenAsync("thread", new() { RecentMessages = 20 });
            await fresh.History.LastAsync(20);
        }))]);
        for (var i = 0; i < Histories.Length; i++)
        {
            var name = $"history {Histories[i]:N0}";
            yield return Measurement.Of($"{name}: a turn", "µs", turns[i]);
            yield return Measurement.Of($"{name}: a turn, against history {Histories[0]}", "×", turns[i].Zip(turns[0], (a, b) => a / b), "≤ 1.1");
            yield return Measurement.Of($"{name}: bytes of a turn", "B", [bytes[i] / (double)(sessions[i].Version - versions[i])]);
            yield return Measurement.Of($"{name}: open + last 20 messages", "µs", loads[i], "≤ 1,000");
            await stores[i].DisposeAsync();
            var stored = new FileInfo(PathOf(arguments, $"history-{Histories[i]}")).Length / ((double)payload * sessions[i].Version);
            yield return Measurement.Of($"{name}: bytes stored per byte of payload", "×", [stored], "≤ 1.5");
        }
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
