namespace Holdfast.Worker;

/// <summary>Through which calls go as long as it is open.</summary>
internal sealed class CallGate
{
    private readonly Lock _lock = new();
    private int _inside;
    private TaskCompletionSource? _closed;
    private TaskCompletionSource? _empty;

    /// <summary>Makes a call once the gate is open.</summary>
    public async ValueTask<T> PassAsync<T>(Func<ValueTask<T>> call)
    {
        while (TryEnter() is { } closed)
        {
            await closed;
        }

        try
        {
            return await call();
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Closes the gate, and waits until no call is inside.</summary>
    public Task CloseAsync()
    {
        lock (_lock)
        {
            _closed ??= New();
            _empty = New();
            if (_inside == 0)
            {
                _empty.SetResult();
            }

            return _empty.Task;
        }
    }

    public void Open()
    {
        lock (_lock)
        {
            _closed?.SetResult();
            _closed = null;
        }
    }

    private Task? TryEnter()
    {
        lock (_lock)
        {
            _inside += _closed is null ? 1 : 0;
            return _closed?.Task;
        }
    }

    private void Leave()
    {
        lock (_lock)
        {
            if (--_inside == 0)
            {
                _empty?.TrySetResult();
            }
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
