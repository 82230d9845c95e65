namespace Holdfast;

/// <summary>Knows whether a thread was begun that belongs to no user.</summary>
internal sealed class OwnerlessThreads
{
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Tells that one was begun.</summary>
    public void Tell() => _first.TrySetResult();

    /// <summary>Waits for the first one.</summary>
    public Task FirstAsync(CancellationToken cancellationToken) => _first.Task.WaitAsync(cancellationToken);
}
