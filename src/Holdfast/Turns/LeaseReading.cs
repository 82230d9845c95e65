using System.Runtime.CompilerServices;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Finds the threads that are held. A lease has an end, so each such thread is among those that have a due time.</summary>
internal static class LeaseReading
{
    public static async IAsyncEnumerable<LeaseInfo> ListAsync(StoreContext store, string tenant, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var met = new HashSet<ThreadKey>();
        string? continuation = null;
        do
        {
            var page = await store.Calls.ListAsync(
                new()
                {
                    Space = ThreadSpace.Threads,
                    Tenant = tenant,
                    AsOf = await store.NowAsync(cancellationToken).ConfigureAwait(false),
                    DueBefore = DateTimeOffset.MaxValue,
                    Filter = new() { Continuation = continuation },
                },
                cancellationToken).ConfigureAwait(false);
            foreach (var head in page.Heads.Where(head => met.Add(head.Key)))
            {
                if (await ReadAsync(store, head.Key, cancellationToken).ConfigureAwait(false) is { } lease)
                {
                    yield return lease;
                }
            }

            continuation = page.Continuation;
        }
        while (continuation is not null);
    }

    // The index nominates, the thread decides.
    private static async ValueTask<LeaseInfo?> ReadAsync(StoreContext store, ThreadKey key, CancellationToken cancellationToken)
    {
        if (await TurnControl.ReadAsync(store, key, cancellationToken).ConfigureAwait(false) is not { Lease: { } lease } book)
        {
            return null;
        }

        DateTimeOffset? since = null;
        var request = new ReadRequest { Key = key, From = lease.Token, To = lease.Token, Life = book.Session.Base?.Life };
        await foreach (var entry in store.Calls.ReadAsync(request, cancellationToken).ConfigureAwait(false))
        {
            since = entry.At;
        }

        return new()
        {
            Tenant = key.Tenant,
            Thread = key.Id,
            Turn = lease.Turn is { } turn ? new(turn) : null,
            Token = lease.Token,
            Holder = lease.By,
            IsGone = ProcessIdentity.IsGone(lease.By),
            Since = since,
            CommittedAt = DateTimeOffset.FromUnixTimeMilliseconds(book.HeldAt),
            Time = TimeSpan.FromMilliseconds(lease.Ms),
        };
    }
}
