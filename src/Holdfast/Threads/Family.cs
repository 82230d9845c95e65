using System.Runtime.CompilerServices;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Threads and their children, as the catalogue of the log has them.</summary>
internal static class Family
{
    /// <summary>The heads of the children of a thread.</summary>
    public static async IAsyncEnumerable<ThreadHead> ChildrenAsync(
        StoreContext store, ThreadKey key, ThreadQuery query, [EnumeratorCancellation] CancellationToken cancellationToken, ExpiredFilter expired = ExpiredFilter.Exclude)
    {
        var heads = new HeadQuery
        {
            Space = ThreadSpace.Threads,
            Tenant = key.Tenant,
            Filter = query,
            AsOf = await store.NowAsync(cancellationToken).ConfigureAwait(false),
            Expired = expired,
            Terms = [Parentage.TermOf(key.Id)],
        };
        await foreach (var head in store.Calls.ListAllAsync(heads, cancellationToken).ConfigureAwait(false))
        {
            yield return head;
        }
    }

    /// <summary>Removes a thread, with its children if that is asked for.</summary>
    /// <returns>Whether anything was removed.</returns>
    public static ValueTask<bool> EraseAsync(StoreContext store, ThreadKey key, EraseOptions options, CancellationToken cancellationToken)
        => options.Children ? EraseAllAsync(store, key, options.Force, [], cancellationToken) : EraseOneAsync(store, key, options.Force, cancellationToken);

    private static async ValueTask<bool> EraseOneAsync(StoreContext store, ThreadKey key, bool force, CancellationToken cancellationToken)
    {
        var erased = await Erasure.EraseAsync(store, key, force, cancellationToken).ConfigureAwait(false);

        // No recovery that was cut off brings it back.
        erased |= await HeldEntries.EraseAsync(store, key, cancellationToken).ConfigureAwait(false);
        if (force && store.Unguarded.GetService<ArchivedLog>()?.Changes is { } archive)
        {
            await archive.Place.EraseOrphanAsync(key, cancellationToken).ConfigureAwait(false);
        }

        if (erased)
        {
            StoreLog.Erased(store.Logger, key);
        }

        return erased;
    }

    // A thread comes after its children: as long as it is there, whoever is cut off finds them by it. A child may begin until its parent is gone, and indexes may lag: it is
    // over once two passes after that find nothing.
    private static async ValueTask<bool> EraseAllAsync(StoreContext store, ThreadKey key, bool force, HashSet<ThreadKey> above, CancellationToken cancellationToken)
    {
        if (!above.Add(key))
        {
            return false;
        }

        var erased = await EraseChildrenAsync().ConfigureAwait(false);
        erased |= await EraseOneAsync(store, key, force, cancellationToken).ConfigureAwait(false);
        for (var empty = 0; empty < 2;)
        {
            var found = await EraseChildrenAsync().ConfigureAwait(false);
            erased |= found;
            empty = found ? 0 : empty + 1;
        }

        above.Remove(key);
        return erased;

        async ValueTask<bool> EraseChildrenAsync()
        {
            var found = false;
            await foreach (var child in ChildrenAsync(store, key, ThreadQuery.All, cancellationToken, ExpiredFilter.Include).ConfigureAwait(false))
            {
                found |= await IsChildAsync(child.Key).ConfigureAwait(false) && await EraseAllAsync(store, child.Key, force, above, cancellationToken).ConfigureAwait(false);
            }

            return found;
        }

        // The index nominates, the thread decides: by now there may be another thread under the id.
        async ValueTask<bool> IsChildAsync(ThreadKey child)
        {
            try
            {
                return await store.Calls.GetHeadAsync(child, cancellationToken).ConfigureAwait(false) is { } head && Parentage.Of(head) == key.Id;
            }
            catch (CorruptStateException) when (force)
            {
                return true;
            }
        }
    }
}
