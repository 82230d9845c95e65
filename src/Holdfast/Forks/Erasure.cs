using Holdfast.Logs;

namespace Holdfast;

/// <summary>Erasing threads without cutting off what others show of them.</summary>
internal static class Erasure
{
    private static readonly IReadOnlyDictionary<string, string?> NotClosed = new Dictionary<string, string?> { [HeadProperties.Closed] = null };

    /// <summary>Removes a thread if it is still as its head says. One that is pinned is kept as a trunk, with nothing but what others show; a fork lets go of what it showed itself.</summary>
    /// <param name="store">The store, which sees the thread.</param>
    /// <param name="head">The head of the thread.</param>
    /// <param name="cancellationToken">Cancels the call before anything was removed. If it is cut off later, a clean-up does what is left.</param>
    /// <returns>Whether it was removed.</returns>
    public static async ValueTask<bool> EraseIfUnchangedAsync(StoreContext store, ThreadHead head, CancellationToken cancellationToken)
    {
        var origins = await OriginsAsync(store, head, cancellationToken).ConfigureAwait(false);
        var isKept = head.PinCount > 0 && head.Key.Space == ThreadSpace.Threads;
        if (!await store.Calls.EraseAsync(new EraseRequest { Key = head.Key, IfUnchanged = head.Stamp, KeepAsTrunk = isKept }, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        if (isKept)
        {
            await TrunkClosing.CloseAsync(store, ThreadKey.Trunk(head.Key, head.Life), cancellationToken).ConfigureAwait(false);
        }

        await UnpinAsync(store, head.Key, head.Life, origins, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Removes a thread, whatever it has become meanwhile.</summary>
    /// <param name="store">The store, which sees the thread.</param>
    /// <param name="key">The thread.</param>
    /// <param name="force">Whether a thread whose head cannot be read is removed too.</param>
    /// <param name="cancellationToken">Cancels the call before anything was removed.</param>
    /// <returns>Whether there was such a thread.</returns>
    /// <exception cref="CorruptStateException">Its head cannot be read.</exception>
    public static async ValueTask<bool> EraseAsync(StoreContext store, ThreadKey key, bool force, CancellationToken cancellationToken)
    {
        while (true)
        {
            ThreadHead? head;
            try
            {
                head = await store.Calls.GetHeadAsync(key, cancellationToken).ConfigureAwait(false);
            }
            catch (CorruptStateException) when (force)
            {
                return await store.Calls.EraseAsync(new EraseRequest { Key = key }, cancellationToken).ConfigureAwait(false);
            }

            if (head is null || await EraseIfUnchangedAsync(store, head, cancellationToken).ConfigureAwait(false))
            {
                return head is not null;
            }
        }
    }

    /// <summary>What a thread that is to be erased shows of others; none if that cannot be read, when a clean-up finds its pins.</summary>
    public static async ValueTask<IReadOnlyList<Origin>> OriginsAsync(StoreContext store, ThreadHead head, CancellationToken cancellationToken)
    {
        try
        {
            return (await ForkReading.FirstAsync(store, head, cancellationToken).ConfigureAwait(false))?.Origins ?? [];
        }
        catch (Exception e) when (e is CorruptStateException or UnknownFormatException or HistoryDroppedException)
        {
            return [];
        }
    }

    /// <summary>Removes the pins of a fork that is gone. A trunk that nobody shows any more goes with its last pin.</summary>
    public static async ValueTask UnpinAsync(StoreContext store, ThreadKey fork, CommitId life, IReadOnlyList<Origin> origins, CancellationToken cancellationToken)
    {
        foreach (var origin in origins)
        {
            foreach (var place in origin.PlacesFor(fork))
            {
                var update = new HeadUpdate { Key = place, IfLife = origin.Life, RemovePins = [life], Properties = place.Space == ThreadSpace.Trunks ? NotClosed : NoProperties };
                if (await store.Unguarded.UpdateHeadAsync(update, cancellationToken).ConfigureAwait(false) is null)
                {
                    continue;
                }

                if (place.Space == ThreadSpace.Trunks)
                {
                    await TrunkClosing.CloseAsync(store, place, cancellationToken).ConfigureAwait(false);
                }

                break;
            }
        }
    }

    private static IReadOnlyDictionary<string, string?> NoProperties { get; } = new Dictionary<string, string?>().AsReadOnly();
}
