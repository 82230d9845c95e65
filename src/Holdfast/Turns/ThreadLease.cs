namespace Holdfast;

/// <summary>A thread that is held for work without a turn. It excludes other runners, not other writers: others may commit meanwhile, and the holder goes on over what they did.</summary>
/// <remarks>
/// <para>It is renewed as long as it is not disposed of, and its process lives. Commits of its sessions renew it for free.</para>
/// <para>Who has lost it, such as a process that was paused for longer than the lease, cannot commit any more. The lease protects commits only: give <see cref="Token"/> to services that are to refuse a former holder.</para>
/// <para>Thread safe; its sessions are not.</para>
/// </remarks>
public sealed class ThreadLease : IAsyncDisposable
{
    private readonly HeldLease _held;
    private int _isReleased;

    internal ThreadLease(HeldLease held) => _held = held;

    /// <summary>The number of the lease. It rises with each holder of the thread: a service that remembers the highest can refuse a former one.</summary>
    public long Token => _held.Token;

    /// <summary>The process that holds the lease: this one.</summary>
    public string Holder => ProcessIdentity.Current;

    /// <summary>Until when nobody else takes the thread, as far as this process knows. It moves on with each sign of life.</summary>
    public DateTimeOffset Until => _held.Until;

    /// <summary>Cancelled when the lease is known to be lost.</summary>
    public CancellationToken Lost => _held.Lost;

    /// <summary>Opens the thread. What the session commits renews the lease, and is refused once the lease is lost.</summary>
    /// <param name="options">How it is opened; null for a session that goes on over what others commit (<see cref="OpenOptions.RebaseOnConflict"/>).</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="LeaseLostException">The lease is lost; thrown by the commits of the session too.</exception>
    public async ValueTask<ThreadSession> OpenAsync(OpenOptions? options = null, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isReleased != 0, this);
        var session = await SessionOpener.OpenAsync(_held.Store, _held.Head.Key, options ?? new() { RebaseOnConflict = true }, allowDeleted: false, cancellationToken).ConfigureAwait(false);
        _held.Admit(session);
        return session;
    }

    /// <summary>Gives a sign of life now. That is done regularly anyway; a call finds out whether the lease is held.</summary>
    /// <exception cref="LeaseLostException">The lease is lost.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed.</exception>
    public ValueTask RenewAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isReleased != 0, this);
        return _held.RenewAsync(cancellationToken);
    }

    /// <summary>Lets others have the thread at once. One that is lost is left alone.</summary>
    /// <exception cref="StoreUnavailableException">The backend failed; the lease lapses.</exception>
    public async ValueTask ReleaseAsync(CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _isReleased, 1) != 0)
        {
            return;
        }

        _held.Dispose();
        try
        {
            var session = await SessionOpener.OpenAsync(_held.Store, _held.Head.Key, new() { RebaseOnConflict = true, LastWriterWins = true, LoadUser = false }, allowDeleted: true, cancellationToken).ConfigureAwait(false);
            _held.Admit(session, releases: true);
            new TurnBook(session.State).Release();
            await session.SettleAsync(new() { Reason = "lease released", By = _held.By }, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is LeaseLostException or ThreadNotFoundException or ThreadExpiredException)
        {
            // There is nothing to release.
        }
    }

    /// <summary>Releases the lease. If the store cannot be reached, it lapses.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await ReleaseAsync().ConfigureAwait(false);
        }
        catch (AgentStateException)
        {
            // It lapses.
        }
    }

    /// <summary>The thread, and the token.</summary>
    public override string ToString() => $"lease {Token} of thread '{_held.Head.Key}'{(Lost.IsCancellationRequested ? ", lost" : "")}";
}
