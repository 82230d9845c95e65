using System.Collections.Concurrent;
using System.Globalization;
using Holdfast.Logs;
using Holdfast.Servers;
using Holdfast.Testing;

namespace Holdfast.DynamoDb.Tests;

/// <summary>Writers that go on whatever comes: those of threads of their own, and some that share one.</summary>
internal sealed class ChaosWriters
{
    public const int Threads = OwnThreads + 1;
    private const int OwnThreads = 5;
    private const int Sharing = 3;

    private readonly ICommitLog _log;
    private readonly ConcurrentQueue<AcknowledgedCommit> _acknowledged = new();
    private readonly List<Task> _writers;
    private volatile bool _stopping;
    private int _unavailable;
    private int _unknown;

    public ChaosWriters(ICommitLog log)
    {
        _log = log;
        var own = Enumerable.Range(0, OwnThreads).Select(i => ThreadKey.Of("acme", string.Create(CultureInfo.InvariantCulture, $"own-{i}")));
        var shared = Enumerable.Repeat(ThreadKey.Of("acme", "shared"), Sharing);
        _writers = [.. own.Concat(shared).Index().Select(writer => Task.Run(() => WriteAsync(writer.Item, writer.Index)))];
    }

    public IReadOnlyCollection<AcknowledgedCommit> Acknowledged => _acknowledged;

    public int Unavailable => _unavailable;

    public int Unknown => _unknown;

    public async Task WaitForCommitsAsync(int count)
    {
        var (goal, begun) = (_acknowledged.Count + count, TimeProvider.System.GetTimestamp());
        while (_acknowledged.Count < goal)
        {
            TimeProvider.System.GetElapsedTime(begun).ShouldBeLessThan(Patience.Limit);
            await Task.WhenAny(Task.WhenAny(_writers), Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System));
            _writers.ShouldAllBe(writer => !writer.IsFaulted);
        }
    }

    public Task StopAsync()
    {
        _stopping = true;
        return Task.WhenAll(_writers);
    }

    private async Task WriteAsync(ThreadKey key, int number)
    {
        for (var i = number; !_stopping; i++)
        {
            // Every few commits a large one, whose chunks are written before it.
            var draft = new EntryDraft { Body = i % 5 == 0 ? new byte[100_000] : null, IsKeyframe = i % 4 == 0 };
            var request = ThreadWriter.From(key, await RepeatAsync(() => _log.ReadTailAsync(key))).Next(draft);
            if ((await RepeatAsync(() => _log.AppendAsync(request))).Outcome != AppendOutcome.Conflict)
            {
                _acknowledged.Enqueue(new(key, request.Entry.Version, request.Entry.CommitId));
            }
        }
    }

    // What anyone does who is told that the store is unavailable: the same again.
    private async Task<T> RepeatAsync<T>(Func<ValueTask<T>> call)
    {
        while (true)
        {
            try
            {
                return await call();
            }
            catch (StoreUnavailableException e)
            {
                Interlocked.Increment(ref _unavailable);
                Interlocked.Add(ref _unknown, e.OutcomeUnknown ? 1 : 0);
            }
        }
    }
}
