using Holdfast.Logs;

namespace Holdfast;

/// <summary>Drops of a thread what a policy does not keep: hides messages, carries records forward, verifies, drops the oldest versions, and empties those between others that stay.</summary>
/// <remarks>Each step can be the last: what is hidden and not dropped is dropped by the next run.</remarks>
internal sealed class Trimming(StoreContext store, ThreadKey key, Func<ThreadHead, RetentionPolicy?> policyOf)
{
    private const string Reason = "retention";

    /// <summary>How many versions one call to the log drops, about: a backend may have to do it in one transaction.</summary>
    private const long AtOnce = 2000;

    private readonly DropCheck _check = new(store, key);
    private bool _hasEmptied;

    /// <summary>Does it, or tells what would be done.</summary>
    /// <returns>What was done; null if there is no such thread.</returns>
    public async ValueTask<RetentionPlan?> RunAsync(bool isDryRun, CancellationToken cancellationToken)
    {
        RetentionPlan? first = null;
        for (var attempt = 1; ; attempt++)
        {
            var (session, head, planner) = await OpenAsync(cancellationToken).ConfigureAwait(false);
            if (session is null)
            {
                return first;
            }

            try
            {
                var plan = await planner!.PlanAsync(cancellationToken).ConfigureAwait(false);
                first ??= plan;
                if (isDryRun)
                {
                    return plan;
                }

                var isChanged = await ChangeAsync(session, planner, plan, cancellationToken).ConfigureAwait(false);
                if (isChanged && attempt < store.Options.MaxUpdateAttempts)
                {
                    continue;
                }

                if (!isChanged && (plan.DroppedVersions == 0 || await DropAsync(head!, plan, planner.Gaps(plan.Kept), cancellationToken).ConfigureAwait(false)))
                {
                    return first with
                    {
                        KeepFrom = plan.KeepFrom,
                        Kept = plan.Kept,
                        EmptiedVersions = plan.EmptiedVersions,
                        CarriedRecords = first.CarriedRecords.Count > 0 ? first.CarriedRecords : plan.CarriedRecords,
                    };
                }

                // Whoever comes on at all gets to the end.
                (attempt, _hasEmptied) = (_hasEmptied ? 0 : attempt, false);
            }
            catch (AgentStateException e) when (e is CommitConflictException or ThreadNotFoundException or HistoryDroppedException && attempt < store.Options.MaxUpdateAttempts)
            {
                // Others were faster. What is to be done may be something else now.
            }

            if (attempt >= store.Options.MaxUpdateAttempts)
            {
                throw new CommitConflictException(key, head!.Version, head.Version, $"the thread was changed by others each of the {attempt} times that it was trimmed; what was not dropped yet is dropped by the next run");
            }

            await store.Backoff.AfterConflictAsync(Math.Max(attempt, 1), TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<(ThreadSession? Session, ThreadHead? Head, RetentionPlanner? Planner)> OpenAsync(CancellationToken cancellationToken)
    {
        if (await store.Calls.GetHeadAsync(key, cancellationToken).ConfigureAwait(false) is not { } head || head.IsExpired(await store.NowAsync(cancellationToken).ConfigureAwait(false)))
        {
            return default;
        }

        var session = await SessionOpener.OpenAsync(store, key, new() { LoadUser = false }, allowDeleted: true, cancellationToken).ConfigureAwait(false);
        return session.State.Base is { } current && current.Life == head.Life
            ? (session, current, new(store, session.State, current, _check, policyOf(current)?.Of(current.Status) ?? RetentionPolicy.Everything))
            : default;
    }

    // By a commit, so that the state says what is visible before anything is gone.
    private async ValueTask<bool> ChangeAsync(ThreadSession session, RetentionPlanner planner, RetentionPlan plan, CancellationToken cancellationToken)
    {
        var state = session.State;
        if (planner.KeptMessages is { } kept && plan.HiddenMessages > 0)
        {
            session.History.KeepLast((int)kept);
        }

        foreach (var name in plan.CarriedRecords)
        {
            try
            {
                await state.Records.CarryAsync(name, cancellationToken).ConfigureAwait(false);
            }
            catch (HistoryDroppedException)
            {
                // A restore has brought back the name while what it leads to was dropped.
            }
        }

        if (!session.HasChanges)
        {
            return false;
        }

        await session.SettleAsync(new() { Reason = Reason }, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async ValueTask<bool> DropAsync(ThreadHead head, RetentionPlan plan, IReadOnlyList<VersionRange> gaps, CancellationToken cancellationToken)
    {
        // Said first: who finds a version missing is told when and why.
        var said = await UpdateAsync(head.Stamp, HeadProperties.Trimmed, Describe.Time(store.Now), cancellationToken).ConfigureAwait(false);
        var left = said is null ? null : await DropBelowAsync(said, plan.KeepFrom, cancellationToken).ConfigureAwait(false);
        if (left is null || !await EmptyAsync(left, gaps, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        StoreLog.Trimmed(store.Logger, key, plan.KeepFrom - head.FirstVersion, plan.EmptiedVersions, plan.KeepFrom);
        return true;
    }

    // Gives the thread as it is then; null if others changed it meanwhile.
    private async ValueTask<ThreadHead?> DropBelowAsync(ThreadHead said, long line, CancellationToken cancellationToken)
    {
        for (var below = said.FirstVersion + AtOnce; said.FirstVersion < line; below += AtOnce)
        {
            var step = below < line ? await KeyframeSearch.FindAsync(store.Calls, store.Bodies, said, said.FirstVersion + 1, below, cancellationToken).ConfigureAwait(false) : line;
            if (step <= said.FirstVersion)
            {
                continue;
            }

            if (!await store.Calls.RewriteAsync(new RewriteRequest { Key = key, DropBelow = step, IfUnchanged = said.Stamp }, cancellationToken).ConfigureAwait(false)
                || await store.Calls.GetHeadAsync(key, cancellationToken).ConfigureAwait(false) is not { } now || now.Life != said.Life || now.Version != said.Version)
            {
                return null;
            }

            said = now;
        }

        return said;
    }

    // What was emptied is noted, so that the next run need not look at it again.
    private async ValueTask<bool> EmptyAsync(ThreadHead head, IReadOnlyList<VersionRange> gaps, CancellationToken cancellationToken)
    {
        if (gaps.Count == 0)
        {
            return true;
        }

        var emptying = new Emptying(store.Calls, head);
        var isDone = await emptying.RunAsync(gaps.Select(gap => (gap.From, gap.To)), cancellationToken).ConfigureAwait(false);
        _hasEmptied = emptying.Count > 0;
        return isDone && await UpdateAsync(emptying.Stamp, HeadProperties.Emptied, VersionRange.Note(head, gaps), cancellationToken).ConfigureAwait(false) is not null;
    }

    private ValueTask<ThreadHead?> UpdateAsync(ThreadStamp unchanged, string property, string? value, CancellationToken cancellationToken)
        => store.Calls.UpdateHeadAsync(new HeadUpdate { Key = key, IfUnchanged = unchanged, Properties = new Dictionary<string, string?> { [property] = value } }, cancellationToken);
}
