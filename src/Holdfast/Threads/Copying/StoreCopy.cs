using System.Collections.Concurrent;
using System.Diagnostics;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Copies threads from one store to another, several at the same time.</summary>
internal sealed class StoreCopy(StoreContext source, StoreContext target, string tenant, CopyOptions options, IProgress<CopyProgress>? progress)
{
    private readonly ConcurrentBag<CopyFailure> _failures = [];
    private readonly ThreadSelection _selection = new(source, tenant) { Threads = options.Threads, Query = options.Query, AllTenants = options.AllTenants };
    private long _totalThreads;
    private long _totalCommits;
    private long _threads;
    private long _commits;
    private long _bytes;
    private long _copied;
    private long _written;

    public async ValueTask<CopyResult> RunAsync(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        await foreach (var head in _selection.HeadsAsync(cancellationToken).ConfigureAwait(false))
        {
            _totalThreads++;
            _totalCommits += head.Version - head.FirstVersion + 1;
        }

        Report();
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Parallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(_selection.HeadsAsync(cancellationToken), parallel, CopyAsync).ConfigureAwait(false);
        var result = new CopyResult(_copied, _threads - _copied - _failures.Count, _written, _bytes, [.. _failures.Concat(_selection.LeftOut).OrderBy(failure => failure.Key.ToString(), StringComparer.Ordinal)]);
        StoreLog.Copied(source.Logger, result.Copied, result.Commits, result.Unchanged, result.Failures.Count, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        return result;
    }

    private async ValueTask CopyAsync(ThreadHead head, CancellationToken cancellationToken)
    {
        var copy = new ThreadCopy(new LogSource(source.Calls, head), target);
        var origins = ForkReading.IsFork(head) ? new OriginCopy(source, target, _selection, head) : null;
        long seen = 0;
        try
        {
            await EnsureAsync(origins, cancellationToken).ConfigureAwait(false);
            await copy.RunAsync(
                bytes =>
                {
                    seen++;
                    Interlocked.Increment(ref _commits);
                    Interlocked.Add(ref _bytes, bytes);
                    Report();
                },
                cancellationToken).ConfigureAwait(false);
            await EnsureAsync(origins, cancellationToken).ConfigureAwait(false);
            Interlocked.Add(ref _copied, copy.Commits > 0 ? 1 : 0);
        }
        catch (AgentStateException e) when (e is not StoreUnavailableException)
        {
            // One thread that cannot be copied does not keep the others from it.
            _failures.Add(new(head.Key, e));
        }

        Interlocked.Add(ref _written, copy.Commits);
        Interlocked.Add(ref _commits, head.Version - head.FirstVersion + 1 - seen);
        Interlocked.Increment(ref _threads);
        Report();
    }

    private static ValueTask EnsureAsync(OriginCopy? origins, CancellationToken cancellationToken) => origins?.EnsureAsync(cancellationToken) ?? default;

    private void Report()
        => progress?.Report(new(Interlocked.Read(ref _threads), _totalThreads, Interlocked.Read(ref _commits), _totalCommits, Interlocked.Read(ref _bytes)));
}
