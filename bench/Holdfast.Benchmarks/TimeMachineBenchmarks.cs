using System.Diagnostics;
using Holdfast.Benchmarks.Backends;
using Holdfast.Logs;
using Microsoft.Extensions.AI;

namespace Holdfast.Benchmarks;

/// <summary>Fork, restore, diff and trim of threads with a short and with a long history, call by call in turns with a copy of all rows by hand.</summary>
internal sealed class TimeMachineBenchmarks(Backend backend, int repetitions)
{
    private const int Calls = 5;
    private const int TrimmedThreads = 3;
    private const int Back = 4;
    private static readonly int[] Histories = [10, 1_000, 10_000];
    private static readonly string Text = string.Concat(Enumerable.Repeat("All work is done in good time. ", 17))[..500];

    private readonly Dictionary<int, long> _versions = [];
    private readonly HashSet<int> _isBack = [];
    private int _copies;

    public async IAsyncEnumerable<Measurement> RunAsync()
    {
        var raw = await backend.OpenRawHistoryAsync("time-machine") ?? throw new NotSupportedException("There is no copy by hand for this backend: there is one for sqlite and postgres.");
        await using (raw)
        {
            await using var log = await backend.OpenAsync("time-machine");
            await using var store = new AgentStateStore(log);
            foreach (var history in Histories)
            {
                _versions[history] = await FillAsync(store, Name(history), history);
                await FillAsync(store, $"restored-{history}", history);
                await raw.FillAsync(Name(history), history, Text);
            }

            Func<Task>[] actions =
            [
                .. Histories.Select(history => (Func<Task>)(async () => await store.Thread(Name(history)).ForkAsync($"fork-{++_copies}", new() { At = _versions[history] }))),
                .. Histories.Select(history => (Func<Task>)(() => raw.CopyAsync(Name(history), $"copy-{++_copies}"))),
                .. Histories.Select(history => (Func<Task>)(() => RestoreAsync(store, history))),
                .. Histories.Select(history => (Func<Task>)(async () => await store.Thread(Name(history)).DiffAsync(_versions[history] - Back, _versions[history]))),
            ];
            var times = await Interleaved.MeasureAsync(repetitions, Calls, actions);
            var (forks, copies, restores, diffs) = (times[..3], times[3..6], times[6..9], times[9..]);
            for (var i = 0; i < Histories.Length; i++)
            {
                var at = $"at history {Histories[i]:N0}";
                yield return Measurement.Of($"a fork {at}", "µs", forks[i]);
                yield return Measurement.Of($"a copy of all rows by hand {at}", "µs", copies[i]);
                yield return Measurement.Of($"a fork against the copy {at}: ratio", "×", forks[i].Zip(copies[i], (a, b) => a / b));
                yield return Measurement.Of($"a restore {at}", "µs", restores[i]);
                yield return Measurement.Of($"a diff over {Back} commits {at}", "µs", diffs[i]);
            }

            yield return Measurement.Of("a fork at 10,000 against 10: ratio", "×", forks[^1].Zip(forks[0], (a, b) => a / b), "flat");
            yield return Measurement.Of("a restore at 10,000 against 10: ratio", "×", restores[^1].Zip(restores[0], (a, b) => a / b), "flat");
            yield return Measurement.Of("a diff at 10,000 against 10: ratio", "×", diffs[^1].Zip(diffs[0], (a, b) => a / b), "flat");
            foreach (var history in Histories.Where(history => history >= 1_000))
            {
                var (trims, deletes, dropped) = await TrimAsync(log, raw, history);
                yield return Measurement.Of($"a trim at history {history:N0}, {dropped:N0} versions dropped", "µs", trims);
                yield return Measurement.Of($"DELETE of as many rows by hand at history {history:N0}", "µs", deletes);
            }
        }
    }

    private static string Name(int history) => $"thread-{history}";

    // Two messages and a variable in each commit.
    private static async Task<long> FillAsync(AgentStateStore store, string thread, int messages)
    {
        var session = await store.OpenAsync(thread);
        for (var i = 0; i < messages; i += 2)
        {
            session.History.Add(ChatRole.User, Text);
            session.History.Add(ChatRole.Assistant, Text);
            session.Variables.Set("count", i);
            await session.CommitAsync();
        }

        return session.Version;
    }

    // To and fro between two versions of the history, so that something is different each time.
    private async Task RestoreAsync(AgentStateStore store, int history)
    {
        var goesBack = _isBack.Add(history) || !_isBack.Remove(history);
        await store.Thread($"restored-{history}").RestoreAsync(_versions[history] - (goesBack ? Back : 0));
    }

    // Threads that were written long ago, since what is young stays.
    private async Task<(List<double> Trims, List<double> Deletes, long Dropped)> TrimAsync(ICommitLog log, IRawHistory raw, int history)
    {
        var (trims, deletes, dropped) = (new List<double>(), new List<double>(), 0L);
        for (var i = 0; i < TrimmedThreads; i++)
        {
            var thread = $"trimmed-{history}-{i}";
            await FillAsync(new AgentStateStore(log, new() { TimeProvider = new LongAgo() }), thread, history);
            await raw.FillAsync(thread, history, Text);
            var began = Stopwatch.GetTimestamp();
            var plan = await new AgentStateStore(log).Thread(thread).TrimAsync(new() { KeepVersions = 100, MaxMessages = 100, LeastVersions = 100 });
            trims.Add(Stopwatch.GetElapsedTime(began).TotalMicroseconds);
            dropped = plan!.DroppedVersions;
            began = Stopwatch.GetTimestamp();
            await raw.DeleteAsync(thread, (int)(2 * dropped));
            deletes.Add(Stopwatch.GetElapsedTime(began).TotalMicroseconds);
        }

        return (trims, deletes, dropped);
    }

    private sealed class LongAgo : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() - TimeSpan.FromDays(100);
    }
}
