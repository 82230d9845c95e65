using Holdfast.Logs;

namespace Holdfast;

/// <summary>Puts right what was cut off, or was lost, around forks: forks that are hidden still, pins without a fork, forks without their pins.</summary>
/// <param name="store">The store.</param>
/// <param name="tenant">The tenant; null for all.</param>
internal sealed class ForkCheck(StoreContext store, string? tenant)
{
    /// <summary>How many forks were finished, or erased because they could not be.</summary>
    public long Finished { get; private set; }

    /// <summary>How many threads had pins of forks that are gone.</summary>
    public long Stale { get; private set; }

    /// <summary>How many pins were set again.</summary>
    public long Missing { get; private set; }

    /// <summary>How many trunks are gone, because nobody shows them any more.</summary>
    public long Trunks { get; private set; }

    /// <summary>How many threads and trunks could not be looked after; the log says why.</summary>
    public long Failed { get; private set; }

    /// <summary>Closes trunks whose erasure was cut off, and erases those that nobody shows any more.</summary>
    public async ValueTask CloseTrunksAsync(CancellationToken cancellationToken)
    {
        await foreach (var trunk in ListAsync(ThreadSpace.Trunks, cancellationToken).ConfigureAwait(false))
        {
            // One that holds a thread while it is recovered is no trunk of an erased one.
            if (trunk.Properties.ContainsKey(HeadProperties.Recovering))
            {
                continue;
            }

            try
            {
                Trunks += await TrunkClosing.CloseAsync(store, trunk.Key, cancellationToken).ConfigureAwait(false) ? 1 : 0;
            }
            catch (AgentStateException e) when (e is not StoreUnavailableException)
            {
                Fail(trunk.Key, e);
            }
        }
    }

    /// <summary>Looks at every thread: first whether forks have their pins, then whether pins have their forks.</summary>
    public async ValueTask LookAtThreadsAsync(CancellationToken cancellationToken)
    {
        await foreach (var head in ListAsync(ThreadSpace.Threads, cancellationToken).ConfigureAwait(false))
        {
            try
            {
                await LookAtAsync(head, cancellationToken).ConfigureAwait(false);
            }
            catch (AgentStateException e) when (e is not StoreUnavailableException)
            {
                Fail(head.Key, e);
            }
        }
    }

    private async ValueTask LookAtAsync(ThreadHead head, CancellationToken cancellationToken)
    {
        if (head.Properties.ContainsKey(HeadProperties.Unpinned))
        {
            await ForkBirth.FinishAsync(store, head.Key, cancellationToken).ConfigureAwait(false);
            Finished++;
        }
        else if (ForkReading.IsFork(head))
        {
            await PinAsync(head, cancellationToken).ConfigureAwait(false);
        }

        if (head.PinCount > 0 && await store.Unguarded.GetHeadAsync(new HeadRequest { Key = head.Key, WithPins = true }, cancellationToken).ConfigureAwait(false) is { } pinned)
        {
            Stale += await TrunkClosing.RemoveStalePinsAsync(store, pinned, cancellationToken).ConfigureAwait(false);
        }
    }

    private void Fail(ThreadKey key, AgentStateException error)
    {
        Failed++;
        StoreLog.NotCleanedUp(store.Logger, key, error);
    }

    // A pin can be lost where a backend lost its newest writes. What the fork shows is written in its first entry.
    private async ValueTask PinAsync(ThreadHead fork, CancellationToken cancellationToken)
    {
        foreach (var origin in await Erasure.OriginsAsync(store, fork, cancellationToken).ConfigureAwait(false))
        {
            var head = await ForkReading.FindAsync(store, fork.Key, origin, cancellationToken).ConfigureAwait(false);
            if (head is null)
            {
                StoreLog.OriginLost(store.Logger, fork.Key, origin.KeyFor(fork.Key), origin.From, origin.To);
                continue;
            }

            var pin = new Pin { Life = fork.Life, Key = fork.Key, From = origin.From, To = origin.To };
            if (!head.Pins!.Contains(pin) && await store.Unguarded.UpdateHeadAsync(new() { Key = head.Key, IfLife = head.Life, AddPins = [pin] }, cancellationToken).ConfigureAwait(false) is not null)
            {
                Missing++;
            }
        }
    }

    private IAsyncEnumerable<ThreadHead> ListAsync(ThreadSpace space, CancellationToken cancellationToken) => store.Unguarded.ListAllAsync(
        new HeadQuery
        {
            Space = space,
            Tenant = tenant,
            Filter = ThreadQuery.All with { UserId = store.User },
            AsOf = store.Now,
            Expired = ExpiredFilter.Include,
        },
        cancellationToken);
}
