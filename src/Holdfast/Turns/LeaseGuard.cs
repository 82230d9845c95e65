using Holdfast.Logs;

namespace Holdfast;

/// <summary>Lets the commits of a lease's holder through, and those of a former holder never: whatever the time, the log says who holds a thread.</summary>
/// <param name="key">The thread.</param>
/// <param name="lost">Called when the lease is lost.</param>
internal sealed class LeaseGuard(ThreadKey key, Action lost)
{
    private CommitId? _life;

    /// <summary>The token of the lease; null for a holder that needs none.</summary>
    public long? Token { get; private set; }

    /// <summary>Why nothing can be committed any more; null as long as the lease is held.</summary>
    public LeaseLostException? Loss { get; private set; }

    /// <summary>From now on, commits are looked at.</summary>
    public void Begin(CommitId life, long? token) => (_life, Token) = (life, token);

    /// <summary>Refuses a commit that is about to be made if the lease is lost; otherwise the commit is a sign of life too.</summary>
    /// <exception cref="LeaseLostException">The lease is lost.</exception>
    public void Complete(TurnBook book, bool releases, long now)
    {
        if (_life is null)
        {
            return;
        }

        RefuseIfGone(book.Session.Base);

        // A commit that releases the lease has taken it out of the state already; Cross has looked at what others did.
        if (Token is { } token && !releases)
        {
            if (book.Lease?.Token != token)
            {
                throw Lose(book.Lease?.By);
            }

            book.Renew(now);
        }
    }

    /// <summary>Refuses to go on over a change of the lease.</summary>
    /// <param name="head">The head of the thread; null if there is none any more.</param>
    /// <param name="newer">What others committed; null where that cannot be told.</param>
    /// <exception cref="LeaseLostException">The lease is lost.</exception>
    public void Cross(ThreadHead? head, IReadOnlyList<OpenedEntry>? newer)
    {
        RefuseIfGone(head);
        if (_life is not null && Token is not null
            && (newer is null || newer.Any(entry => entry.Body.Change.Sections.TryGet(TurnSections.Lease, TurnSections.Holder, out _))))
        {
            throw Lose(null);
        }
    }

    /// <summary>Notes that the lease is lost.</summary>
    /// <param name="holder">Who holds the thread now; null where that is not known.</param>
    public LeaseLostException Lose(string? holder)
    {
        if (Loss is null)
        {
            Loss = new(key, Token, holder);
            Telemetry.LeaseLost();
            lost();
        }

        return Loss;
    }

    private void RefuseIfGone(ThreadHead? head)
    {
        if (_life is { } life && head?.Life != life)
        {
            throw Lose(null);
        }
    }
}
