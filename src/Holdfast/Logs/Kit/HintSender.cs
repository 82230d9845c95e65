namespace Holdfast.Logs;

/// <summary>Tells other processes of commits, after them and apart from them: several together, at most 20 times a second. Thread safe.</summary>
/// <remarks>What cannot be sent is dropped: a hint that is lost costs others only time.</remarks>
/// <param name="send">Sends a text (<see cref="HintText"/>), and tells whether anybody listens.</param>
public sealed class HintSender(Func<string, CancellationToken, Task<bool>> send) : IAsyncDisposable
{
    private static readonly TimeSpan Gap = TimeSpan.FromMilliseconds(50);

    /// <summary>The gap while nobody listens, or nothing can be sent.</summary>
    private static readonly TimeSpan LongGap = TimeSpan.FromSeconds(1);

    /// <summary>How long the last text may take once no more come.</summary>
    private static readonly TimeSpan LastTime = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _closing = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private HashSet<CommitHint> _pending = [];
    private Task _sending = Task.CompletedTask;
    private bool _isSending;
    private bool _isClosed;

    /// <summary>A thread was changed. Returns at once.</summary>
    public void Add(ThreadKey key)
    {
        var hint = CommitHint.Of(key);
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }

            // One more than a text can name stands for any number.
            if (_pending.Count <= HintText.Most)
            {
                _pending.Add(hint);
            }

            if (!_isSending)
            {
                _isSending = true;
                _sending = Task.Run(SendAsync, CancellationToken.None);
            }
        }
    }

    /// <summary>Stops sending. What was not sent yet is sent now, since a process that has made its commits often ends at once; what takes longer than a second is dropped.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }

            _isClosed = true;
        }

        await _closing.CancelAsync().ConfigureAwait(false);
        await Task.WhenAny(_sending, Task.Delay(LastTime, TimeProvider.System, CancellationToken.None)).ConfigureAwait(false);
        await _stop.CancelAsync().ConfigureAwait(false);
        await _sending.ConfigureAwait(false);
        _closing.Dispose();
        _stop.Dispose();
    }

    private async Task SendAsync()
    {
        while (TakePending() is { } hints)
        {
            var isHeard = false;
            try
            {
                isHeard = await send(HintText.Write(hints), _stop.Token).ConfigureAwait(false);
            }
            catch (Exception)
            {
                // They are hints.
            }

            await Task.Delay(isHeard ? Gap : LongGap, TimeProvider.System, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Null if there is nothing to send, and the next hint begins again.
    private HashSet<CommitHint>? TakePending()
    {
        lock (_gate)
        {
            if (_pending.Count == 0)
            {
                _isSending = false;
                return null;
            }

            var (hints, _) = (_pending, _pending = []);
            return hints;
        }
    }
}
