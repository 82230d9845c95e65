namespace Holdfast.Sqlite.Writing;

/// <summary>A write that waits for its batch, runs within it, and tells its caller what came of it.</summary>
internal abstract class PendingWrite
{
    private const int Waiting = 0, Taken = 1, Cancelled = 2;

    private readonly long _since = TimeProvider.System.GetTimestamp();
    private int _state;
    private Exception? _error;
    private TaskCompletionSource? _done;

    /// <summary>About how many bytes it writes.</summary>
    public virtual long Size => 0;

    /// <summary>How long it has been waiting.</summary>
    public TimeSpan Age => TimeProvider.System.GetElapsedTime(_since);

    public bool IsCancelled => Volatile.Read(ref _state) == Cancelled;

    /// <summary>Does the write within the writer's transaction. What it finds out holds only once that was committed.</summary>
    public abstract void Run(WriterConnection writer);

    /// <summary>Makes the write one that its caller awaits; called before anyone else can take it.</summary>
    public void MakeAwaitable() => _done ??= new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Takes the write into a batch; false if it was cancelled before. From now on it cannot be cancelled.</summary>
    public bool TryTake() => Interlocked.CompareExchange(ref _state, Taken, Waiting) == Waiting;

    public void Fail(Exception error) => _error = error;

    public void Complete() => _done?.TrySetResult();

    protected async ValueTask WaitAsync(CancellationToken cancellationToken)
    {
        var registration = cancellationToken.UnsafeRegister(static (write, _) => ((PendingWrite)write!).Cancel(), this);
        await using (registration.ConfigureAwait(false))
        {
            await _done!.Task.ConfigureAwait(false);
        }

        if (IsCancelled)
        {
            throw new OperationCanceledException(cancellationToken);
        }
    }

    protected void ThrowIfFailed()
    {
        if (_error is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_error);
        }
    }

    private void Cancel()
    {
        if (Interlocked.CompareExchange(ref _state, Cancelled, Waiting) == Waiting)
        {
            Complete();
        }
    }
}
