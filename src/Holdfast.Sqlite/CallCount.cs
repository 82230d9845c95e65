namespace Holdfast.Sqlite;

/// <summary>Counts the calls that are being made, so that closing can wait for them.</summary>
internal sealed class CallCount
{
    private readonly Lock _gate = new();
    private TaskCompletionSource? _done;
    private int _calls;

    public void Begin()
    {
        lock (_gate)
        {
            _calls++;
        }
    }

    public void End()
    {
        lock (_gate)
        {
            if (--_calls == 0)
            {
                _done?.TrySetResult();
            }
        }
    }

    /// <summary>Waits until none is being made.</summary>
    public Task WhenNoneAsync()
    {
        lock (_gate)
        {
            _done ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            return _calls == 0 ? Task.CompletedTask : _done.Task;
        }
    }
}
