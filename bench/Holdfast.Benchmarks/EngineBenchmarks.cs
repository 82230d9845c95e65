using BenchmarkDotNet.Attributes;
using Holdfast.Logs;

namespace Holdfast.Benchmarks;

/// <summary>What the engine itself costs, without a disk.</summary>
[MemoryDiagnoser]
public class EngineBenchmarks
{
    private AgentStateStore _store = null!;
    private ThreadSession _session = null!;
    private ThreadTail _tail = null!;

    [GlobalSetup]
    public async Task SetUpAsync()
    {
        _store = new(new InMemoryCommitLog());
        _session = await _store.OpenAsync("thread");
        for (var i = 0; i < 100; i++)
        {
            await Turn.CommitAsync(_session);
        }

        _tail = (await _store.CommitLog.ReadTailAsync(ThreadKey.Of("thread"), 20))!;
    }

    [Benchmark]
    public Task<CommitInfo> CommitTurn() => Turn.CommitAsync(_session).AsTask();

    [Benchmark]
    public long FoldTail() => TailFold.Of(new(), _tail).State.MessageCount;

    [Benchmark]
    public async Task<int> OpenAndReadLast20()
    {
        var session = await _store.OpenAsync("thread", new() { RecentMessages = 20 });
        return (await session.History.LastAsync(20)).Count;
    }
}
