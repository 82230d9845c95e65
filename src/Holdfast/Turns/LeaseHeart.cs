using Holdfast.Logs;

namespace Holdfast;

/// <summary>Gives signs of life for the holder of a lease, and looks at what others did to the thread meanwhile.</summary>
internal sealed class LeaseHeart : IDisposable
{
    /// <summary>How often a beat is tried while others commit to the thread.</summary>
    private const int Attempts = 3;

    private readonly WeakReference<ILeaseHolder> _holder;
    private readonly StoreContext _store;
    private readonly ThreadKey _key;
    private readonly TimeSpan _pause;
    private readonly ITimer _timer;
    private ThreadHead? _seen;

    public LeaseHeart(ILeaseHolder holder, StoreContext store, ThreadKey key, TimeSpan lease)
    {
        // The timer must not keep a holder alive that nobody has any more: its lease is to lapse.
        (_holder, _store, _key, _pause) = (new(holder), store, key, lease / 3);
        _timer = store.Time.CreateTimer(_ => _ = BeatQuietlyAsync(), null, _pause, _pause);
    }

    /// <summary>Gives a sign of life now.</summary>
    /// <returns>Whether the lease is held.</returns>
    /// <exception cref="StoreUnavailableException">The backend failed.</exception>
    public async ValueTask<bool> BeatAsync(CancellationToken cancellationToken)
        => _holder.TryGetTarget(out var holder) && await BeatAsync(holder, isFresh: false, cancellationToken).ConfigureAwait(false);

    public void Dispose() => _timer.Dispose();

    private async Task BeatQuietlyAsync()
    {
        if (!_holder.TryGetTarget(out var holder))
        {
            Dispose();
            return;
        }

        try
        {
            // A commit was a sign of life too; then it is enough to look.
            await BeatAsync(holder, _store.Time.GetElapsedTime(holder.CommittedAt) < _pause, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is AgentStateException or ObjectDisposedException)
        {
            // The next beat may reach the store. Who takes the thread over meanwhile is found out by the next commit.
        }
    }

    // A beat is given only to the thread as it was seen: one of a former holder, however late, keeps nobody else's lease alive.
    private async ValueTask<bool> BeatAsync(ILeaseHolder holder, bool isFresh, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var known = _seen is { } seen && seen.Life == holder.Head.Life && seen.Version > holder.Head.Version ? seen : holder.Head;
            var head = isFresh
                ? await _store.Calls.GetHeadAsync(_key, cancellationToken).ConfigureAwait(false)
                : await _store.Calls.UpdateHeadAsync(new() { Key = _key, IfUnchanged = known.Stamp, Beats = true }, cancellationToken).ConfigureAwait(false);
            if (head is not null && head.Life == known.Life && head.Version == known.Version)
            {
                if (!isFresh)
                {
                    holder.NoteBeat();
                }

                return true;
            }

            var tail = await _store.Calls.ReadTailAsync(_key, cancellationToken: cancellationToken).ConfigureAwait(false);
            if (!holder.Look(tail is null || tail.Head.Life != known.Life ? null : new(new(_store, _key, new(), TailFold.Of(_store.Bodies, tail)))))
            {
                return false;
            }

            _seen = tail!.Head;
            if (isFresh || attempt == Attempts)
            {
                return true;
            }
        }
    }
}
