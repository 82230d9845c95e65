using Holdfast.Logs;

namespace Holdfast;

/// <summary>Waits for others to change a thread, by looking again from time to time; a change through the same store ends a wait at once.</summary>
/// <remarks>Nothing is made before the first wait: most who could wait need not.</remarks>
internal sealed class ChangeWait(StoreContext store, ThreadKey key) : IDisposable
{
    private CommitSignal? _signal;

    public Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
        => store.Backoff.WaitAsync(_signal ??= store.Signals.Watch(key, listens: false), atMost, cancellationToken);

    public void Dispose() => _signal?.Dispose();
}
