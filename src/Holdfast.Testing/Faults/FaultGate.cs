namespace Holdfast.Testing;

/// <summary>Holds a call of a <see cref="FaultInjectingLog"/> until the test lets it go on.</summary>
/// <remarks>Thread safe.</remarks>
public sealed class FaultGate
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal FaultGate()
    {
    }

    /// <summary>Completes when a call has come to the gate.</summary>
    public Task Reached => _reached.Task;

    /// <summary>Lets the calls that wait, and those that come, go on.</summary>
    public void Open() => _opened.TrySetResult();

    internal Task PassAsync(CancellationToken cancellationToken)
    {
        _reached.TrySetResult();
        return _opened.Task.WaitAsync(cancellationToken);
    }
}
