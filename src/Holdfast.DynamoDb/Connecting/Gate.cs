namespace Holdfast.DynamoDb.Connecting;

/// <summary>Lets requests in until it is closed; closing waits for those that are inside.</summary>
internal sealed class Gate
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _inside;
    private bool _closed;

    /// <exception cref="ObjectDisposedException">The gate was closed.</exception>
    public void Enter()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(DynamoDbCommitLog));
            _inside++;
        }
    }

    public void Leave()
    {
        lock (_lock)
        {
            if (--_inside == 0 && _closed)
            {
                _empty.TrySetResult();
            }
        }
    }

    /// <exception cref="ObjectDisposedException">The gate was closed.</exception>
    public void ThrowIfClosed() => ObjectDisposedException.ThrowIf(Volatile.Read(ref _closed), typeof(DynamoDbCommitLog));

    public Task CloseAsync()
    {
        lock (_lock)
        {
            _closed = true;
            if (_inside == 0)
            {
                _empty.TrySetResult();
            }
        }

        return _empty.Task;
    }
}
