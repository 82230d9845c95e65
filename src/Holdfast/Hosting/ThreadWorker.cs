using System.Collections.Concurrent;
using Holdfast.Logs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Holdfast;

/// <summary>Runs the turns of threads that are due, as long as the host runs. Any number of workers on any number of machines share the work: the storage is the queue, and the log decides who runs a turn.</summary>
/// <param name="getStore">Gives the store once the host has started.</param>
/// <param name="scopes">Makes a scope for each turn.</param>
/// <param name="getHandler">Gives the handler of a scope.</param>
/// <param name="options">The settings.</param>
internal sealed class ThreadWorker(Func<AgentStateStore> getStore, IServiceScopeFactory scopes, Func<IServiceProvider, ITurnHandler> getHandler, ThreadWorkerOptions options)
    : BackgroundService
{
    /// <summary>How long a thread that cannot be read is left alone.</summary>
    private static readonly TimeSpan TroubleTime = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<ThreadKey, Job> _running = new();
    private TaskCompletionSource _freed = New();

    // What seemed to be run by others when the worker started; null before that.
    private List<ThreadHead>? _left;

    /// <summary>The settings, as the worker uses them.</summary>
    public ThreadWorkerOptions Options => options;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var store = getStore().Context;
        var due = new DueThreads(store, options.AllTenants ? null : "", options.Agent);
        var job = new TurnJob(store, scopes, getHandler);
        var failures = 0;
        using var signal = store.Signals.WatchDue();
        var told = Task.CompletedTask;
        while (!stoppingToken.IsCancellationRequested)
        {
            var freed = _freed.Task;
            var isWaitedFor = false;

            // One wait for what is told, however many looks it takes until then. It begins before the look: what is told while the worker looks asks for another one.
            told = told.IsCompleted ? signal.WaitAsync(Timeout.InfiniteTimeSpan, stoppingToken).AsTask() : told;
            try
            {
                isWaitedFor = await StartAsync(store, due, job, stoppingToken).ConfigureAwait(false);
                failures = 0;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e) when (e is not ObjectDisposedException)
            {
                StoreLog.WorkerFailed(store.Logger, WaitAfter(++failures), e);
            }

            var wait = Task.Delay(WaitAfter(failures), store.Time, stoppingToken);

            // Also when a place becomes free: a thread that had a turn may have the next one, of which it was told while it was still being left.
            await Task.WhenAny(isWaitedFor ? [wait, freed] : [wait, freed, told]).ConfigureAwait(false);
        }

        await StopRunningAsync(store).ConfigureAwait(false);
    }

    // Starts what there are places for; tells whether more can be started as soon as a place is free.
    private async ValueTask<bool> StartAsync(StoreContext store, DueThreads due, TurnJob job, CancellationToken stopping)
    {
        if (Places == 0)
        {
            return true;
        }

        _left ??= await due.FindRunningAsync(stopping).ConfigureAwait(false);
        var found = await due.FindAsync(head => !_running.ContainsKey(head.Key), heads => Choose(heads, 0).Count >= Places, stopping).ConfigureAwait(false);
        found = [.. _left.Concat(found).DistinctBy(head => head.Key)];
        var chosen = Choose(found, found.Count > Places ? Random.Shared.Next(found.Count) : 0);
        foreach (var head in chosen)
        {
            var started = new Job(FairShare.OwnerOf(head));
            if (_running.TryAdd(head.Key, started))
            {
                started.Task = Task.Run(() => RunAsync(store, due, job, head, stopping), CancellationToken.None);
            }
        }

        _left.RemoveAll(chosen.Contains);
        return found.Count > chosen.Count;
    }

    private int Places => Math.Max(0, options.Concurrency - _running.Count);

    private IReadOnlyList<ThreadHead> Choose(IReadOnlyList<ThreadHead> due, int offset)
    {
        var running = _running.Values.Select(job => job.Owner).OfType<string>().CountBy(owner => owner, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        return FairShare.Choose(due, running, Places, options.MaxPerUser, offset);
    }

    private async Task RunAsync(StoreContext store, DueThreads due, TurnJob job, ThreadHead head, CancellationToken stopping)
    {
        var key = head.Key;
        try
        {
            // Not cancelled: a turn that was just begun is handed back, while one of which nobody knows would wait until its lease lapses.
            var look = await TurnTaking.LookAsync(store, key, options.Turns, CancellationToken.None).ConfigureAwait(false);
            due.Remember(key, look);
            if (look.Turn is { } turn)
            {
                await job.RunAsync(key, turn, stopping).ConfigureAwait(false);
                due.Forget(key);
            }
        }
        catch (Exception e) when (e is CommitConflictException or ThreadNotFoundException or ThreadExpiredException or OperationCanceledException or ObjectDisposedException)
        {
            // Another worker was faster, or there is nothing to run any more.
        }
        catch (Exception e)
        {
            due.Remember(key, new() { Life = head.Life, Version = head.Version, Again = store.Now + TroubleTime });
            StoreLog.TurnNotRun(store.Logger, key, TroubleTime, e);
        }
        finally
        {
            _running.TryRemove(key, out _);
            Interlocked.Exchange(ref _freed, New()).TrySetResult();
        }
    }

    // The handlers have been told by now. Those that do not stop keep their turns until this process is gone.
    private async Task StopRunningAsync(StoreContext store)
    {
        var jobs = _running.Values.Select(running => running.Task).OfType<Task>().ToList();
        using var timeout = new CancellationTokenSource(options.StopTimeout, store.Time);
        await Task.WhenAll(jobs).WaitAsync(timeout.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (jobs.Count(running => !running.IsCompleted) is > 0 and var late)
        {
            StoreLog.WorkerStoppedLate(store.Logger, late, options.StopTimeout);
        }
    }

    private TimeSpan WaitAfter(int failures)
    {
        var wait = options.PollInterval * Math.Pow(2, Math.Min(failures, 16));
        return wait < LongestWait || failures == 0 ? wait : LongestWait;
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Job(string? owner)
    {
        public string? Owner => owner;

        public Task? Task { get; set; }
    }
}
