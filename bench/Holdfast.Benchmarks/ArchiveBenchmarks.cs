using System.Diagnostics;
using Holdfast.Benchmarks.Backends;
using Holdfast.Logs;
using Microsoft.Extensions.AI;

namespace Holdfast.Benchmarks;

/// <summary>Moving threads to an archive, and what they cost afterwards beside threads that were not moved.</summary>
internal sealed class ArchiveBenchmarks(Backend backend, Backend archive, int repetitions)
{
    private const int Threads = 100;
    private const int Commits = 100;
    private const int LongCommits = 10_000;
    private static readonly string Text = string.Concat(Enumerable.Repeat("All work is done in good time. ", 17))[..500];
    private static readonly ArchiveOptions Everything = new() { OlderThan = TimeSpan.Zero };

    public async IAsyncEnumerable<Measurement> RunAsync()
    {
        var (times, before, after) = (new List<double>(), new List<double>(), new List<double>());
        for (var i = -1; i < repetitions; i++)
        {
            await using var log = await backend.OpenAsync($"archived-{i}");
            await using var cold = await archive.OpenAsync($"archive-{i}");
            await using var store = new AgentStateStore(log, new() { Archive = cold });
            await Parallel.ForEachAsync(Enumerable.Range(0, Threads), async (thread, _) => await FillAsync(store, $"thread-{thread}", Commits));
            before.Add(await KilobytesAsync(store, log));
            var started = Stopwatch.GetTimestamp();
            if (await store.ArchiveAsync(Everything) is not { Archived: Threads, IsComplete: true } result)
            {
                throw new InvalidOperationException("Not every thread was archived.");
            }

            // The first one warms up.
            times.AddRange(i < 0 ? [] : [Stopwatch.GetElapsedTime(started).TotalMilliseconds / result.Archived]);
            after.Add(await KilobytesAsync(store, log));
        }

        yield return Measurement.Of($"to archive a thread of {Commits} commits", "ms", times);
        yield return Measurement.Of($"bodies of {Threads} threads in the store before", "KB", before);
        yield return Measurement.Of($"bodies of {Threads} threads in the store after", "KB", after);
        await foreach (var measurement in ReadAsync())
        {
            yield return measurement;
        }
    }

    private async IAsyncEnumerable<Measurement> ReadAsync()
    {
        await using var log = await backend.OpenAsync("read");
        await using var cold = await archive.OpenAsync("archive-read");
        await using var store = new AgentStateStore(log, new() { Archive = cold });
        await FillAsync(store, "archived", Commits);
        await FillAsync(store, "archived-long", LongCommits);
        await store.ArchiveAsync(Everything);
        await FillAsync(store, "own", Commits);
        await FillAsync(store, "own-long", LongCommits);

        string[] what = ["to open a thread and read its last 20 messages", $"to read all messages of {LongCommits:N0} commits"];
        var opened = await Interleaved.MeasureAsync(repetitions, 50, () => LastAsync("own"), () => LastAsync("archived"));
        var read = await Interleaved.MeasureAsync(repetitions, 1, () => AllAsync("own-long"), () => AllAsync("archived-long"));
        foreach (var (name, times) in what.Zip([opened, read]))
        {
            yield return Measurement.Of($"{name}: not archived", "µs", times[0]);
            yield return Measurement.Of($"{name}: archived", "µs", times[1]);
            yield return Measurement.Of($"{name}: archived against not", "×", times[1].Zip(times[0], (a, b) => a / b));
        }

        foreach (var thread in new[] { "own-long", "archived-long" })
        {
            yield return Measurement.Of($"the most memory in use while {thread} is read, beyond that before", "MB", [await MemoryAsync(thread)]);
        }

        async Task LastAsync(string thread) => await (await store.OpenAsync(thread)).History.LastAsync(20);

        async Task AllAsync(string thread)
        {
            var count = 0;
            await foreach (var _ in (await store.OpenAsync(thread)).History)
            {
                count++;
            }

            if (count != 2 * LongCommits)
            {
                throw new InvalidOperationException("Messages are missing.");
            }
        }

        async Task<double> MemoryAsync(string thread)
        {
            var (before, most, number) = (GC.GetTotalMemory(forceFullCollection: true), 0L, 0);
            await foreach (var _ in (await store.OpenAsync(thread)).History)
            {
                most = ++number % 2_000 == 0 ? Math.Max(most, GC.GetTotalMemory(forceFullCollection: true)) : most;
            }

            return (most - before) / 1e6;
        }
    }

    private static async Task FillAsync(AgentStateStore store, string thread, int commits)
    {
        var session = await store.OpenAsync(thread);
        for (var i = 0; i < commits; i++)
        {
            session.History.Add(ChatRole.User, Text);
            session.History.Add(ChatRole.Assistant, Text);
            await session.CommitAsync();
        }
    }

    private static async Task<double> KilobytesAsync(AgentStateStore store, ICommitLog log)
    {
        double bytes = 0;
        await foreach (var thread in store.ListAsync())
        {
            await foreach (var entry in log.ReadAsync(ThreadKey.Of(thread.Id)))
            {
                bytes += entry.Body.Length;
            }
        }

        return bytes / 1e3;
    }
}
