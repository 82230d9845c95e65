using Holdfast.Benchmarks.Backends;
using Microsoft.Extensions.AI;

namespace Holdfast.Benchmarks;

/// <summary>Forks of threads with a short and with a long history, interleaved: the cost must not depend on the history.</summary>
internal sealed class ForkBenchmarks(Backend backend, int repetitions)
{
    private const int MessagesOfACommit = 50;
    private static readonly int[] Histories = [10, 1_000, 10_000];
    private static readonly string Text = string.Concat(Enumerable.Repeat("All work is done in good time. ", 17))[..500];

    private int _forks;

    public async IAsyncEnumerable<Measurement> RunAsync()
    {
        await using var log = await backend.OpenAsync("forks");
        await using var store = new AgentStateStore(log);
        foreach (var history in Histories)
        {
            await FillAsync(store, history);
        }

        var times = await Interleaved.MeasureAsync(repetitions, 50, [.. Histories.Select(history => (Func<Task>)(() => ForkAsync(store, history)))]);
        for (var i = 0; i < Histories.Length; i++)
        {
            yield return Measurement.Of($"a fork at history {Histories[i]:N0}", "µs", times[i]);
        }

        yield return Measurement.Of("a fork at 10,000 against 10: ratio", "×", times[^1].Zip(times[0], (a, b) => a / b), "flat");
        foreach (var history in Histories)
        {
            var fork = await store.Thread($"thread-{history}").ForksAsync().FirstAsync();
            var bytes = await store.Thread(fork.Id).LogAsync().Select(commit => (double)commit.Bytes).ToListAsync();
            yield return Measurement.Of($"bytes of a fork at history {history:N0}", "B", bytes);
        }
    }

    // All end in the same way: with a keyframe and one commit after it, so that the same is read.
    private static async Task FillAsync(AgentStateStore store, int history)
    {
        var session = await store.OpenAsync($"thread-{history}");
        for (var i = 0; i < history; i += MessagesOfACommit)
        {
            session.History.AddRange(Enumerable.Range(0, Math.Min(MessagesOfACommit, history - i)).Select(_ => new ChatMessage(ChatRole.User, Text)));
            await session.CommitAsync();
        }

        foreach (var length in new[] { 20_000, 10, 10 })
        {
            session.Variables.Set("draft", "short");
            session.History.Add(ChatRole.User, new string('x', length));
            await session.CommitAsync();
        }
    }

    private async Task ForkAsync(AgentStateStore store, int history) => await store.Thread($"thread-{history}").ForkAsync($"fork-{++_forks}");
}
