using Holdfast.Logs;

namespace Holdfast;

/// <summary>Takes the lease of a thread for work without a turn.</summary>
internal static class LeaseTaking
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(100);

    public static async ValueTask<ThreadLease?> TryAcquireAsync(StoreContext store, ThreadKey key, LeaseOptions? options, CancellationToken cancellationToken)
    {
        options ??= new();
        options.Validate();
        for (var attempt = 1; ; attempt++)
        {
            var session = await SessionOpener.OpenAsync(store, key, new() { LoadUser = false }, allowDeleted: false, cancellationToken).ConfigureAwait(false);
            var book = new TurnBook(session.State);
            if (TurnStart.IsHeld(store, book))
            {
                return null;
            }

            session.State.Addition = new Addition(book, options);
            try
            {
                await session.SettleAsync(new() { Reason = "lease acquired", By = options.By, AllowEmpty = true }, cancellationToken).ConfigureAwait(false);
                return new(new(store, session.State.Base!, session.Version, options));
            }
            catch (CommitConflictException) when (attempt < store.Options.MaxUpdateAttempts && !store.IsTaken(session.Version, attempt))
            {
                await store.Backoff.AfterConflictAsync(attempt, session.Took, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    public static async ValueTask<ThreadLease> AcquireAsync(StoreContext store, ThreadKey key, LeaseOptions? options, CancellationToken cancellationToken)
    {
        using var changes = new ChangeWait(store, key);
        while (true)
        {
            if (await TryAcquireAsync(store, key, options, cancellationToken).ConfigureAwait(false) is { } lease)
            {
                return lease;
            }

            await changes.WaitAsync(Poll, cancellationToken).ConfigureAwait(false);
        }
    }

    private sealed class Addition(TurnBook book, LeaseOptions options) : ICommitAddition
    {
        public bool FollowsTurns => false;

        public void Complete(long version) => book.TakeLease(
            new() { By = ProcessIdentity.Current, Ms = (long)options.Time.TotalMilliseconds }, version, book.Session.Store.Now.ToUnixTimeMilliseconds());

        public void Cross(ThreadHead? head, IReadOnlyList<OpenedEntry>? newer)
        {
        }
    }
}
