using Holdfast.Logs;

namespace Holdfast;

/// <summary>A lease without a turn, while it is held here.</summary>
internal sealed class HeldLease : ILeaseHolder, IDisposable
{
    private readonly CancellationTokenSource _lost = new();
    private readonly LeaseOptions _options;
    private readonly LeaseHeart _heart;

    public HeldLease(StoreContext store, ThreadHead head, long token, LeaseOptions options)
    {
        (Store, Head, Token, _options) = (store, head, token, options);
        Guard = new(head.Key, Lose);
        Guard.Begin(head.Life, token);
        Sign();
        _heart = new(this, store, head.Key, options.Time);
    }

    public StoreContext Store { get; }

    public ThreadHead Head { get; private set; }

    public long Token { get; }

    public string? By => _options.By;

    public LeaseGuard Guard { get; }

    public long CommittedAt { get; private set; }

    public DateTimeOffset Until { get; private set; }

    public CancellationToken Lost => _lost.Token;

    /// <summary>Looks whether a session was opened while the lease is held, and lets the lease have a say in its commits.</summary>
    /// <exception cref="LeaseLostException">The lease is lost.</exception>
    public void Admit(ThreadSession session, bool releases = false)
    {
        var book = new TurnBook(session.State);
        if (!Look(session.Version == 0 ? null : book))
        {
            throw Guard.Loss!;
        }

        session.State.Addition = new Addition(this, book, releases);
    }

    public async ValueTask RenewAsync(CancellationToken cancellationToken)
    {
        if (Guard.Loss is { } loss || !await _heart.BeatAsync(cancellationToken).ConfigureAwait(false))
        {
            throw Guard.Loss!;
        }
    }

    public void NoteBeat() => Until = Store.Now + _options.Time;

    public bool Look(TurnBook? book)
    {
        if (Guard.Loss is null && (book?.Session.Base is not { } head || head.Life != Head.Life || book.Lease?.Token != Token))
        {
            Guard.Lose(book?.Lease?.By);
        }

        Head = Guard.Loss is null ? book!.Session.Base! : Head;
        return Guard.Loss is null;
    }

    public void Dispose() => _heart.Dispose();

    private void Sign()
    {
        CommittedAt = Store.Time.GetTimestamp();
        NoteBeat();
    }

    private void Lose()
    {
        _heart.Dispose();
        _lost.Cancel();
    }

    private sealed class Addition(HeldLease lease, TurnBook book, bool releases) : ICommitAddition
    {
        public bool FollowsTurns => false;

        public void Complete(long version)
        {
            lease.Guard.Complete(book, releases, lease.Store.Now.ToUnixTimeMilliseconds());
            lease.Sign();
        }

        public void Cross(ThreadHead? head, IReadOnlyList<OpenedEntry>? newer) => lease.Guard.Cross(head, newer);
    }
}
