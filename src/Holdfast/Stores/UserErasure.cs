using Holdfast.Logs;

namespace Holdfast;

/// <summary>Removes everything of a user: threads, what was kept of erased ones, the forks that show them, and the user's variables.</summary>
internal sealed class UserErasure(StoreContext store, string tenant, string userId, bool dryRun)
{
    private readonly ThreadKey _variables = SessionOpener.VariablesOf(tenant, userId);
    private readonly HashSet<ThreadKey> _counted = [];
    private readonly HashSet<string> _unreadable = new(StringComparer.Ordinal);
    private long _threads;
    private long _forks;
    private long _trunks;
    private bool _hadVariables;

    private ICommitLog Log => store.Unguarded;

    public async ValueTask<EraseUserResult> RunAsync(CancellationToken cancellationToken)
    {
        var variables = await Log.GetHeadAsync(_variables, cancellationToken).ConfigureAwait(false);
        _hadVariables = variables is not null && !variables.Properties.ContainsKey(HeadProperties.Erasing);
        if (!dryRun)
        {
            await MarkAsync(cancellationToken).ConfigureAwait(false);
        }

        // Indexes may lag: it is over once two passes find nothing.
        for (var empty = 0; empty < (dryRun ? 1 : 2);)
        {
            var found = await PassAsync(ThreadSpace.Threads, cancellationToken).ConfigureAwait(false) + await PassAsync(ThreadSpace.Trunks, cancellationToken).ConfigureAwait(false)
                + await RemoveHeldAsync(cancellationToken).ConfigureAwait(false);
            empty = found == 0 || dryRun ? empty + 1 : 0;
        }

        if (!dryRun)
        {
            while (await Log.GetHeadAsync(_variables, cancellationToken).ConfigureAwait(false) is { } head && !await Log.EraseAsync(_variables, head, cancellationToken).ConfigureAwait(false))
            {
            }

            await EraseArchivedAsync(cancellationToken).ConfigureAwait(false);
            StoreLog.UserErased(store.Logger, userId, _threads, _forks, _trunks);
        }

        return new(_threads, _forks, _trunks, _hadVariables, dryRun) { Unreadable = _unreadable.Count };
    }

    private async ValueTask<long> PassAsync(ThreadSpace space, CancellationToken cancellationToken)
    {
        var query = new HeadQuery
        {
            Space = space,
            Tenant = tenant,
            Filter = ThreadQuery.All with { UserId = userId },
            AsOf = store.Now,
            Expired = ExpiredFilter.Include,
        };
        long found = 0;
        await foreach (var head in Log.ListAllAsync(query, LeaveOut, cancellationToken).ConfigureAwait(false))
        {
            if (await RemoveAsync(head.Key, null, cancellationToken).ConfigureAwait(false) && _counted.Add(head.Key))
            {
                _threads += space == ThreadSpace.Threads ? 1 : 0;
                _trunks += space == ThreadSpace.Trunks ? 1 : 0;
                found++;
            }
        }

        return found;
    }

    private void LeaveOut(ThreadKey key, AgentStateException problem)
    {
        if (_unreadable.Add(problem.Message) && !dryRun)
        {
            StoreLog.UserNotErased(store.Logger, userId, key, problem);
        }
    }

    // Variables that a recovery was cut off with have no owner in their head, and are found by their name.
    private async ValueTask<long> RemoveHeldAsync(CancellationToken cancellationToken)
    {
        long found = 0;
        await foreach (var held in HeldEntries.ListAsync(store, _variables, cancellationToken).ConfigureAwait(false))
        {
            _hadVariables = true;
            found += !dryRun && await Log.EraseAsync(held.Key, null, cancellationToken).ConfigureAwait(false) ? 1 : 0;
        }

        return found;
    }

    // The forks first: they are known by the pins of what they show. With its last pin a trunk goes by itself.
    private async ValueTask<bool> RemoveAsync(ThreadKey key, CommitId? life, CancellationToken cancellationToken)
    {
        var wasThere = false;
        while (true)
        {
            var head = await Log.GetHeadAsync(new HeadRequest { Key = key, WithPins = true }, cancellationToken).ConfigureAwait(false);
            if (head is null || (life is { } wanted && head.Life != wanted))
            {
                return wasThere;
            }

            (wasThere, life) = (true, head.Life);
            foreach (var pin in head.Pins ?? [])
            {
                if (await RemoveAsync(pin.Key, pin.Life, cancellationToken).ConfigureAwait(false) && _counted.Add(pin.Key))
                {
                    _forks++;
                }
            }

            if (dryRun)
            {
                return true;
            }

            var origins = await Erasure.OriginsAsync(store, head, cancellationToken).ConfigureAwait(false);
            if (await Log.EraseAsync(new EraseRequest { Key = key, IfUnchanged = head.Stamp }, cancellationToken).ConfigureAwait(false))
            {
                await Erasure.UnpinAsync(store, key, head.Life, origins, cancellationToken).ConfigureAwait(false);
                return true;
            }
        }
    }

    // What the store has erased is gone from there. What a backend has removed itself is not.
    private async ValueTask EraseArchivedAsync(CancellationToken cancellationToken)
    {
        if (Log.GetService<ArchivedLog>()?.Changes?.Place is { } archive)
        {
            await foreach (var left in archive.OrphansAsync(tenant, userId, cancellationToken).ConfigureAwait(false))
            {
                await archive.EraseOrphanAsync(left.Key, left.Life, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    // Until it is over, no new thread of the user begins.
    private async ValueTask MarkAsync(CancellationToken cancellationToken)
    {
        var property = new Dictionary<string, string?> { [HeadProperties.Erasing] = store.Now.ToString("O", System.Globalization.CultureInfo.InvariantCulture) };
        while (await Log.UpdateHeadAsync(new() { Key = _variables, Properties = property }, cancellationToken).ConfigureAwait(false) is null)
        {
            var variables = new SessionState(store.ForVariables(), _variables, new(), null);
            try
            {
                await new Committer(variables).SettleAsync(new() { AllowEmpty = true, Reason = "erased" }, store.SettlingAttempts, cancellationToken).ConfigureAwait(false);
            }
            catch (CommitConflictException)
            {
                // Somebody else began it.
            }
        }
    }
}
