using Holdfast.Logs;

namespace Holdfast;

/// <summary>A fork that has begun and is hidden still: what it shows of other threads is pinned there, and then it is shown. Anyone can do this, any number of times.</summary>
/// <param name="store">Where the fork is.</param>
/// <param name="key">The fork.</param>
/// <param name="life">Its life.</param>
/// <param name="first">The state that it began with.</param>
internal sealed class ForkBirth(StoreContext store, ThreadKey key, CommitId life, ThreadState first)
{
    private static readonly IReadOnlyDictionary<string, string?> Shown = new Dictionary<string, string?> { [HeadProperties.Unpinned] = null };

    private ICommitLog Log => store.Unguarded;

    /// <summary>Finishes a fork whose forker may have stopped in the middle.</summary>
    /// <returns>The thread, if it is there and shown; null if there is none, or it was a fork that cannot be finished, and was erased.</returns>
    public static async ValueTask<ThreadHead?> FinishAsync(StoreContext store, ThreadKey key, CancellationToken cancellationToken)
    {
        var head = await store.Unguarded.GetHeadAsync(key, cancellationToken).ConfigureAwait(false);
        if (head?.Properties.ContainsKey(HeadProperties.Unpinned) is not true)
        {
            return head;
        }

        return await ForkReading.FirstAsync(store, head, cancellationToken).ConfigureAwait(false) is { } first
            ? await new ForkBirth(store, key, head.Life, first).RunAsync(null, cancellationToken).ConfigureAwait(false)
            : null;
    }

    /// <summary>Pins what the fork shows, and shows it.</summary>
    /// <param name="seen">Its origins as they were when the state was folded; null if that is not known.</param>
    /// <param name="cancellationToken">Cancels it; others can go on.</param>
    /// <returns>The head of the fork; null if it cannot be finished, and was erased.</returns>
    public async ValueTask<ThreadHead?> RunAsync(IReadOnlyList<ThreadHead>? seen, CancellationToken cancellationToken)
    {
        for (var heads = seen ?? await LookAsync(cancellationToken).ConfigureAwait(false); heads is not null; heads = await LookAsync(cancellationToken).ConfigureAwait(false))
        {
            if (await PinAsync(heads, cancellationToken).ConfigureAwait(false))
            {
                return await Log.UpdateHeadAsync(new() { Key = key, IfLife = life, Properties = Shown }, cancellationToken).ConfigureAwait(false);
            }
        }

        await EraseAsync(cancellationToken).ConfigureAwait(false);
        return null;
    }

    // The pin comes only if nothing was done to the thread since it was looked at: no trim, no redaction, no erasure.
    private async ValueTask<bool> PinAsync(IReadOnlyList<ThreadHead> seen, CancellationToken cancellationToken)
    {
        foreach (var (origin, head) in first.Origins.Zip(seen))
        {
            var pin = new Pin { Life = life, Key = key, From = origin.From, To = origin.To };
            if (head.Pins?.Contains(pin) is not true
                && await Log.UpdateHeadAsync(new() { Key = head.Key, IfLife = head.Life, IfRevision = head.Revision, AddPins = [pin] }, cancellationToken).ConfigureAwait(false) is null)
            {
                return false;
            }
        }

        return true;
    }

    // The origins as they are now; null if one does not have any more what the fork shows.
    private async ValueTask<IReadOnlyList<ThreadHead>?> LookAsync(CancellationToken cancellationToken)
    {
        var heads = new List<ThreadHead>();
        foreach (var origin in first.Origins)
        {
            if (await ForkReading.FindAsync(store, key, origin, cancellationToken).ConfigureAwait(false) is not { } head || head.FirstVersion > origin.From)
            {
                return null;
            }

            if (head.Key.Space == ThreadSpace.Trunks && HeadProperties.IsGoing(head))
            {
                await TrunkClosing.CloseAsync(store, head.Key, cancellationToken).ConfigureAwait(false);
                return await LookAsync(cancellationToken).ConfigureAwait(false);
            }

            heads.Add(head);
        }

        return heads.Count > 0 && await FoldsAgainAsync(heads[^1], first.Origins[^1], cancellationToken).ConfigureAwait(false) ? heads : null;
    }

    private async ValueTask<bool> FoldsAgainAsync(ThreadHead parent, Origin origin, CancellationToken cancellationToken)
    {
        try
        {
            var (state, _, _) = await PastFold.AtAsync(Log, store.Bodies, parent.Key, origin.To, parent, cancellationToken).ConfigureAwait(false);
            ForkState.Make(state, origin, first.UserId);
            state.Origins = first.Origins;
            return state.SameAs(first);
        }
        catch (Exception e) when (e is HistoryDroppedException or CorruptStateException or ThreadNotFoundException)
        {
            return false;
        }
    }

    private async ValueTask EraseAsync(CancellationToken cancellationToken)
    {
        while (await Log.GetHeadAsync(key, cancellationToken).ConfigureAwait(false) is { } head && head.Life == life && head.Properties.ContainsKey(HeadProperties.Unpinned)
            && !await Log.EraseAsync(new EraseRequest { Key = key, IfUnchanged = head.Stamp }, cancellationToken).ConfigureAwait(false))
        {
        }

        await Erasure.UnpinAsync(store, key, life, first.Origins, cancellationToken).ConfigureAwait(false);
    }
}
