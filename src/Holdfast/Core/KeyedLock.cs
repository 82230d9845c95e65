namespace Holdfast;

/// <summary>A lock for each key, so that those in this process who update the same thread wait in line instead of racing.</summary>
internal sealed class KeyedLock
{
    private readonly Dictionary<ThreadKey, Slot> _slots = [];
    private readonly AsyncLocal<Held?> _held = new();

    /// <summary>Notes that the caller, and whom it calls, holds the lock of a key.</summary>
    /// <exception cref="InvalidOperationException">It does already: to wait for the lock would be to wait for itself.</exception>
    public void Enter(ThreadKey key)
    {
        for (var held = _held.Value; held is not null; held = held.Outer)
        {
            if (held.Key == key)
            {
                throw new InvalidOperationException(
                    $"Thread '{key}' is being updated by the caller itself: change the session that UpdateAsync passed instead of calling UpdateAsync again.");
            }
        }

        _held.Value = new(key, _held.Value);
    }

    public async ValueTask<Releaser> LockAsync(ThreadKey key, CancellationToken cancellationToken)
    {
        Slot slot;
        lock (_slots)
        {
            if (!_slots.TryGetValue(key, out slot!))
            {
                _slots.Add(key, slot = new());
            }

            slot.Users++;
        }

        var releaser = new Releaser(this, key, slot);
        try
        {
            await slot.Semaphore.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            Leave(key, slot);
            throw;
        }

        return releaser;
    }

    private void Leave(ThreadKey key, Slot slot)
    {
        lock (_slots)
        {
            if (--slot.Users == 0)
            {
                _slots.Remove(key);
            }
        }
    }

    public readonly struct Releaser(KeyedLock owner, ThreadKey key, Slot slot) : IDisposable
    {
        public void Dispose()
        {
            slot.Semaphore.Release();
            owner.Leave(key, slot);
        }
    }

    public sealed class Slot
    {
        public SemaphoreSlim Semaphore { get; } = new(1, 1);

        public int Users { get; set; }
    }

    private sealed record Held(ThreadKey Key, Held? Outer);
}
