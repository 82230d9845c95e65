using System.Diagnostics;
using Holdfast.Benchmarks.Backends;

namespace Holdfast.Benchmarks;

/// <summary>Whole turns through the public API on one backend, side by side with its raw driver.</summary>
internal sealed class TurnBenchmarks(Backend backend, int repetitions)
{
    private const int Callers = 32;
    private const int CommitsOfEach = 100;
    private const int WarmUpRounds = 5;
    private static readonly int[] Histories = [10, 100, 1_000, 10_000];

    // The comparison of single calls comes last: by then the process is warm.
    public async IAsyncEnumerable<Measurement> RunAsync()
    {
        foreach (var suite in new Func<IAsyncEnumerable<Measurement>>[] { HistoriesAsync, ManyCallersAsync, ColdResumeAsync, OneCallerAsync })
        {
            await foreach (var result in suite())
            {
                yield return result;
            }
        }
    }

    private async IAsyncEnumerable<Measurement> OneCallerAsync()
    {
        var body = await Turn.BodyAsync();
        await using var store = await OpenAsync("one");
        await using var driver = await backend.OpenRawAsync("one");
        var session = await store.OpenAsync("thread");
        var times = await Interleaved.MeasureAsync(repetitions, 400, () => Turn.CommitAsync(session).AsTask(), () => driver.InsertAsync(body));
        yield return Measurement.Of("one caller: commit of a turn", "µs", times[0]);
        yield return Measurement.Of("one caller: the same bytes through the raw driver", "µs", times[1]);
        yield return Measurement.Of("one caller: ratio", "×", times[0].Zip(times[1], (a, b) => a / b), backend.OneCallerBudget);
    }

    // As a process that was started anew for each request: nothing is open before, and nothing stays open.
    private async IAsyncEnumerable<Measurement> ColdResumeAsync()
    {
        const int Messages = 20;
        if (backend.RawResume("cold") is not { } raw)
        {
            yield break;
        }

        await using (var store = await OpenAsync("cold"))
        {
            var session = await store.OpenAsync("thread");
            while (session.Version < 100)
            {
                await Turn.CommitAsync(session);
            }

            raw.Fill([.. await session.History.LastAsync(200)], """{"count":100,"topic":"topic 99"}""");
        }

        // Each turn has two messages.
        Func<Task> Resume(int recent) => async () =>
        {
            await using var store = await OpenAsync("cold");
            var session = await store.OpenAsync("thread", new() { RecentMessages = recent });
            Expect(Messages, (await session.History.LastAsync(Messages)).Count);
        };
        var times = await Interleaved.MeasureAsync(repetitions, 100, Resume(Messages / 2), Resume(0), () =>
        {
            Expect(Messages, raw.Resume(Messages));
            return Task.CompletedTask;
        });
        yield return Measurement.Of("cold resume: new store, open, last 20 messages, close", "µs", times[0]);
        yield return Measurement.Of("cold resume: by hand, two selects through the raw driver", "µs", times[2]);
        yield return Measurement.Of("cold resume: ratio", "×", times[0].Zip(times[2], (a, b) => a / b), backend.ColdResumeBudget);
        yield return Measurement.Of("cold resume: ratio, opened without saying how many messages are wanted", "×", times[1].Zip(times[2], (a, b) => a / b));
    }

    private static void Expect(int expected, int found)
    {
        if (found != expected)
        {
            throw new InvalidOperationException($"{expected} messages were expected; there were {found}.");
        }
    }

    private async IAsyncEnumerable<Measurement> ManyCallersAsync()
    {
        var body = await Turn.BodyAsync();
        await using var store = await OpenAsync("many");
        var ways = await backend.OpenRawForManyAsync("many", Callers);
        var ours = new List<double>();
        var raw = ways.Select(_ => new List<double>()).ToList();

        // The first rounds do not count: both sides become faster in them.
        for (var i = 0; i < WarmUpRounds + repetitions; i++)
        {
            var round = i;
            ours.Add(await RateAsync(async caller =>
            {
                var session = await store.OpenAsync($"thread-{round}-{caller}");
                for (var n = 0; n < CommitsOfEach; n++)
                {
                    await Turn.CommitAsync(session);
                }
            }));
            for (var way = 0; way < ways.Count; way++)
            {
                var drivers = ways[way].Drivers;
                raw[way].Add(await RateAsync(async caller =>
                {
                    for (var n = 0; n < CommitsOfEach; n++)
                    {
                        await drivers[caller].InsertAsync(body);
                    }
                }));
            }
        }

        foreach (var driver in ways.SelectMany(way => way.Drivers).Distinct())
        {
            await driver.DisposeAsync();
        }

        yield return Measurement.Of($"{Callers} callers: commits of turns", "/s", ours.Skip(WarmUpRounds));
        for (var way = 0; way < ways.Count; way++)
        {
            yield return Measurement.Of($"{Callers} callers: raw, {ways[way].Way}", "/s", raw[way].Skip(WarmUpRounds));
        }

        yield return Measurement.Of(
            $"{Callers} callers: ratio{(ways.Count > 1 ? " to the fastest raw way" : "")}", "×", ours.Select((rate, i) => rate / raw.Max(way => way[i])).Skip(WarmUpRounds), backend.ManyCallersBudget);
    }

    private async IAsyncEnumerable<Measurement> HistoriesAsync()
    {
        var payload = (await Turn.BodyAsync()).Length;
        var stores = new List<AgentStateStore>();
        var sessions = new List<ThreadSession>();
        foreach (var history in Histories)
        {
            stores.Add(await OpenAsync($"history-{history}"));
            sessions.Add(await stores[^1].OpenAsync("thread"));
            while (sessions[^1].Version < history)
            {
                await Turn.CommitAsync(sessions[^1]);
            }
        }

        var bytes = new long[Histories.Length];
        var versions = sessions.ConvertAll(session => session.Version);
        var turns = await Interleaved.MeasureAsync(repetitions, 256, [.. sessions.Select((session, i) => (Func<Task>)(async () =>
            bytes[i] += (await Turn.CommitAsync(session)).Bytes))]);
        var loads = await Interleaved.MeasureAsync(repetitions, 256, [.. stores.Select(store => (Func<Task>)(async () =>
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
            yield return Measurement.Of($"{name}: open + last 20 messages", "µs", loads[i], backend.OpenBudget);
            await stores[i].DisposeAsync();
            if (backend.StoredBytes($"history-{Histories[i]}") is { } stored)
            {
                yield return Measurement.Of($"{name}: bytes stored per byte of payload", "×", [stored / ((double)payload * sessions[i].Version)], "≤ 1.5");
            }
        }
    }

    // Each caller has a thread of its own, as in a server under load: drivers that block need it.
    private static async Task<double> RateAsync(Func<int, Task> run)
    {
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller =>
            Task.Factory.StartNew(() => run(caller), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Unwrap()));
        return Callers * CommitsOfEach / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private async Task<AgentStateStore> OpenAsync(string name) => new(await backend.OpenAsync(name));
}
