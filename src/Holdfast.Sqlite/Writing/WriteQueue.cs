using Holdfast.Sqlite.Connecting;
using Holdfast.Sqlite.Schema;

namespace Holdfast.Sqlite.Writing;

/// <summary>Group commit: the writes that come while one transaction is being written become the next one together.</summary>
/// <remarks>
/// The caller that finds the queue idle is the leader: it writes at once, on its own thread. Those who come meanwhile are followers, whose batch a
/// thread of the pool writes as soon as the leader is done. There is no timer, and a single caller never changes threads.
/// </remarks>
internal sealed class WriteQueue(DatabaseFile file) : IThreadPoolWorkItem, IAsyncDisposable
{
    private const int MaxBatch = 1024;
    private const long MaxBatchBytes = 16 << 20;

    private readonly Lock _gate = new();
    private readonly Queue<PendingWrite> _waiting = new();
    private readonly List<PendingWrite> _batch = [];
    private readonly BatchWriter _writer = new(file);
    private TaskCompletionSource? _idle;
    private bool _running;
    private bool _closed;

    public ValueTask<T> SubmitAsync<T>(PendingWrite<T> write, CancellationToken cancellationToken)
    {
        bool leads;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(SqliteCommitLog));
            leads = !_running;
            _running = true;
            if (!leads)
            {
                write.MakeAwaitable();
            }

            _waiting.Enqueue(write);
        }

        return leads ? LeadAsync(write, cancellationToken) : write.AnswerAsync(cancellationToken);
    }

    /// <summary>Writes batches until nothing waits.</summary>
    public void Execute()
    {
        do
        {
            if (!TryWriteBatch())
            {
                _ = WriteWhenUnlockedAsync();
                return;
            }
        }
        while (!TryRest());
    }

    /// <summary>Lets what waits be written, and closes the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        Task idle;
        lock (_gate)
        {
            _closed = true;
            _idle ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            idle = _running ? _idle.Task : Task.CompletedTask;
        }

        await idle.ConfigureAwait(false);
        _writer.Dispose();
    }

    private ValueTask<T> LeadAsync<T>(PendingWrite<T> write, CancellationToken cancellationToken)
    {
        if (!TryWriteBatch())
        {
            write.MakeAwaitable();
            _ = WriteWhenUnlockedAsync();
            return write.AnswerAsync(cancellationToken);
        }

        if (!TryRest())
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        return new(write.Answer());
    }

    /// <summary>Makes the queue idle, unless someone waits.</summary>
    private bool TryRest()
    {
        lock (_gate)
        {
            if (_waiting.Count > 0)
            {
                return false;
            }

            _running = false;
            _idle?.TrySetResult();
            return true;
        }
    }

    /// <summary>Goes on when the process that holds the lock lets go of it; gives up those that waited for too long.</summary>
    private async Task WriteWhenUnlockedAsync()
    {
        for (var wait = BusyWait.Start(); !TryWriteBatch(); wait = await wait.PauseAsync().ConfigureAwait(false))
        {
            GiveUpThoseWaitingTooLong();
            if (TryRest())
            {
                return;
            }
        }

        if (!TryRest())
        {
            Execute();
        }
    }

    private void GiveUpThoseWaitingTooLong()
    {
        lock (_gate)
        {
            while (_waiting.TryPeek(out var write) && (write.IsCancelled || write.Age >= file.Options.BusyTimeout))
            {
                _waiting.Dequeue();
                if (write.TryTake())
                {
                    write.Fail(SqliteErrors.LockedTooLong(file.Options.DataSource, file.Options.BusyTimeout));
                    write.Complete();
                }
            }
        }
    }

    /// <summary>Writes those that wait as one transaction, and tells them; false if another process holds the lock.</summary>
    private bool TryWriteBatch()
    {
        try
        {
            if (!_writer.TryBegin())
            {
                return false;
            }

            TakeBatch();
            _writer.Write(_batch);
        }
        catch (Exception e)
        {
            // The transaction did not begin: nothing was written.
            _writer.Dispose();
            TakeBatch();
            foreach (var write in _batch)
            {
                write.Fail(SqliteErrors.Translate(e, file.Options.DataSource));
            }
        }

        foreach (var write in _batch)
        {
            write.Complete();
        }

        _batch.Clear();
        return true;
    }

    private void TakeBatch()
    {
        lock (_gate)
        {
            var bytes = 0L;
            while (_batch.Count < MaxBatch && bytes < MaxBatchBytes && _waiting.TryDequeue(out var write))
            {
                if (write.TryTake())
                {
                    bytes += write.Size;
                    _batch.Add(write);
                }
            }
        }
    }
}
