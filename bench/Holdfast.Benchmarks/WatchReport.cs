using System.Diagnostics;
using System.Globalization;
using Holdfast.Benchmarks.Backends;
using Holdfast.Logs;

namespace Holdfast.Benchmarks;

/// <summary>How long after a commit has returned a watch has told it, and what telling others costs the commits of those whom nobody watches.</summary>
internal static class WatchReport
{
    private const int Commits = 300;
    private const int WarmUp = 20;

    public static async Task RunAsync(Arguments arguments)
    {
        Directory.CreateDirectory(arguments.Directory);
        await using var backend = await TurnReport.StartAsync(arguments);
        Console.WriteLine($"{backend.Version}\n\n| what | median | p99 |\n|---|---|---|");
        await using (var store = new AgentStateStore(await backend.OpenAsync("watch-same")))
        {
            Print("commit to event: through the same store", await MeasureAsync(store, store, TimeSpan.FromSeconds(1)));
        }

        await using (var writer = new AgentStateStore(await backend.OpenAsync("watch-other")))
        await using (var reader = new AgentStateStore(await backend.OpenAsync("watch-other")))
        {
            Print("commit to event: through another store, as in another process", await MeasureAsync(writer, reader, TimeSpan.FromSeconds(1)));
        }

        if (backend.Silent is { } silent)
        {
            await MeasureCostAsync(backend, silent, arguments.Repetitions);
        }
    }

    // Commits come at any time, so that some fall into the time in which hints are gathered.
    private static async Task<List<double>> MeasureAsync(AgentStateStore writer, AgentStateStore reader, TimeSpan poll)
    {
        var told = new long[Commits + WarmUp + 1];
        using var end = new CancellationTokenSource(TimeSpan.FromMinutes(10));
        var session = await writer.OpenAsync("thread");
        await Turn.CommitAsync(session);
        var after = (await writer.Thread("thread").GetInfoAsync())!.Position;
        var all = new TaskCompletionSource();
        var watching = Task.Run(async () =>
        {
            await foreach (var seen in reader.Thread("thread").WatchAsync(new WatchOptions { After = after, PollInterval = poll }, end.Token))
            {
                told[seen.Position.Version - 2] = Stopwatch.GetTimestamp();
                if (seen.Position.Version == Commits + WarmUp + 1)
                {
                    return;
                }
            }
        });
        await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System);
        var committed = new long[Commits + WarmUp];
        for (var i = 0; i < committed.Length; i++)
        {
            await Turn.CommitAsync(session);
            committed[i] = Stopwatch.GetTimestamp();
            await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(100)), TimeProvider.System);
        }

        await watching;
        return [.. Enumerable.Range(WarmUp, Commits).Select(i => Math.Max(0, Stopwatch.GetElapsedTime(committed[i], told[i]).TotalMilliseconds)).Order()];
    }

    private static async Task MeasureCostAsync(Backend backend, Func<string, Task<ICommitLog>> silent, int repetitions)
    {
        await using var telling = new AgentStateStore(await backend.OpenAsync("cost-telling"));
        await using var quiet = new AgentStateStore(await silent("cost-quiet"));
        var (one, other) = (await telling.OpenAsync("thread"), await quiet.OpenAsync("thread"));
        var times = await Interleaved.MeasureAsync(repetitions, 400, () => Turn.CommitAsync(one).AsTask(), () => Turn.CommitAsync(other).AsTask());
        Console.WriteLine(Measurement.Of("commit that nobody watches: hints on", "µs", times[0]));
        Console.WriteLine(Measurement.Of("commit that nobody watches: hints off", "µs", times[1]));
        Console.WriteLine(Measurement.Of("commit that nobody watches: ratio", "×", times[0].Zip(times[1], (a, b) => a / b)));
    }

    private static void Print(string what, List<double> sorted)
        => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {what} | {sorted[sorted.Count / 2]:N2} ms | {sorted[sorted.Count * 99 / 100]:N2} ms |"));
}
