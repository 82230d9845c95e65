namespace Holdfast.Logs;

/// <summary>The listenings to one log, which end with it. Thread safe.</summary>
public sealed class HintListenings : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly List<HintListening> _running = [];
    private bool _isClosed;

    /// <summary>Begins to listen in the background.</summary>
    /// <param name="listener">Who is told.</param>
    /// <param name="listen">
    /// Listens until it fails or is cancelled: calls <see cref="HintListening.Begin"/> once commits of others are told, and <see cref="HintListening.Hear"/> for each. After a failure it is called
    /// again, with pauses that grow.
    /// </param>
    /// <exception cref="ObjectDisposedException">The log was disposed of.</exception>
    public IHintSubscription Start(IHintListener listener, Func<HintListening, CancellationToken, Task> listen)
    {
        ArgumentNullException.ThrowIfNull(listener);
        ArgumentNullException.ThrowIfNull(listen);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            _running.RemoveAll(listening => listening.Ended.IsCompleted);
            var listening = new HintListening(listener, listen);
            _running.Add(listening);
            return listening;
        }
    }

    /// <summary>Ends all, and waits for that.</summary>
    public async ValueTask DisposeAsync()
    {
        List<HintListening> running;
        lock (_gate)
        {
            _isClosed = true;
            running = [.. _running];
            _running.Clear();
        }

        running.ForEach(listening => listening.Dispose());
        await Task.WhenAll(running.Select(listening => listening.Ended)).ConfigureAwait(false);
    }
}
