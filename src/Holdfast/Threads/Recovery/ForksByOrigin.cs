using Holdfast.Logs;

namespace Holdfast;

/// <summary>Finds what forks show of a thread where its pins cannot be read: the forks say it, too.</summary>
internal static class ForksByOrigin
{
    /// <summary>The pins that a thread has to have. Every head of the tenant is listed, and the first entry of every fork read.</summary>
    public static async ValueTask<IReadOnlyList<Pin>> PinsAsync(StoreContext store, ThreadKey key, CommitId life, CancellationToken cancellationToken)
    {
        var pins = new List<Pin>();
        if (key.Space != ThreadSpace.Threads)
        {
            return pins;
        }

        var query = new HeadQuery { Space = ThreadSpace.Threads, Tenant = key.Tenant, Filter = ThreadQuery.All, AsOf = store.Now, Expired = ExpiredFilter.Include };
        await foreach (var fork in store.Unguarded.ListAllAsync(query, cancellationToken).ConfigureAwait(false))
        {
            var origins = await Erasure.OriginsAsync(store, fork, cancellationToken).ConfigureAwait(false);
            pins.AddRange(origins.Where(origin => origin.Life == life).Select(origin => new Pin { Life = fork.Life, Key = fork.Key, From = origin.From, To = origin.To }));
        }

        return pins;
    }
}
