using Holdfast.Logs;

namespace Holdfast;

/// <summary>Drops of a thread what a policy does not keep: hides messages, carries records forward, verifies, and drops the oldest versions.</summary>
/// <remarks>Each step can be the last: what is hidden and not dropped is dropped by the next run.</remarks>
internal sealed class Trimming(StoreContext store, ThreadKey key, Func<ThreadHead, RetentionPolicy?> policyOf)
{
    private const string Reason = "retention";

    /// <summary>How many versions one call to the log drops, about: a backend may have to do it in one transaction.</summary>
    private const long AtOnce = 2000;

    private CommitId? _verifiedLife;
    private long _verifiedLine;

    /// <summary>What would be done; null if there is no such thread.</summary>
    public async ValueTask<RetentionPlan?> PlanAsync(CancellationToken cancellationToken)
        => await OpenAsync(cancellationToken).ConfigureAwait(false) is var (session, _, planner) && session is not null
            ? await planner!.PlanAsync(cancellationToken).ConfigureAwait(false)
            : null;

    /// <summary>Does it.</summary>
    /// <returns>What was done; null if there is no such thread.</returns>
    public async ValueTask<RetentionPlan?> RunAsync(CancellationToken cancellationToken)
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
                var isChanged = await ChangeAsync(session, planner, plan, cancellationToken).ConfigureAwait(false);
                if (isChanged && attempt < store.Options.MaxUpdateAttempts)
                {
                    continue;
                }

                if (!isChanged && (plan.DroppedVersions == 0 || await DropAsync(head!, plan.KeepFrom, cancellationToken).ConfigureAwait(false)))
                {
                    return first with { KeepFrom = plan.KeepFrom, CarriedRecords = first.CarriedRecords.Count > 0 ? first.CarriedRecords : plan.CarriedRecords };
                }
            }
            catch (AgentStateException e) when (e is CommitConflictException or ThreadNotFoundException or HistoryDroppedException && attempt < store.Options.MaxUpdateAttempts)
            {
                // Others were faster. What is to be done may be something else now.
            }

            if (attempt >= store.Options.MaxUpdateAttempts)
            {
                throw new CommitConflictException(key, head!.Version, head.Version, $"the thread was changed by others each of the {attempt} times that it was trimmed; what was not dropped yet is dropped by the next run");
            }

            await store.Backoff.AfterConflictAsync(attempt, TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
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
            ? (session, current, new(store, session.State, current, policyOf(current)?.Of(current.Status) ?? RetentionPolicy.Everything))
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
                var json = await state.Records.ReadAsync(name, cancellationToken).ConfigureAwait(false);
                state.Records.Put(name, json!.Value.ToArray());
            }
            catch (HistoryDroppedException)
            {
                // A restore has brought back the name, and what it leads to was dropped before.
            }
        }

        if (!session.HasChanges)
        {
            return false;
        }

        await session.SettleAsync(new() { Reason = Reason }, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async ValueTask<bool> DropAsync(ThreadHead head, long line, CancellationToken cancellationToken)
    {
        if (!await VerifyAsync(head, line, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        // Said first: who finds a version missing is told when and why.
        var said = await store.Calls.UpdateHeadAsync(
            new HeadUpdate { Key = key, IfUnchanged = head.Stamp, Properties = new Dictionary<string, string?> { [HeadProperties.Trimmed] = Describe.Time(store.Now) } }, cancellationToken).ConfigureAwait(false);
        for (var below = head.FirstVersion + AtOnce; said is not null; below += AtOnce)
        {
            var step = below < line ? await RetentionPlanner.KeyframeAsync(store, said, below, cancellationToken).ConfigureAwait(false) : line;
            if (step > said.FirstVersion && !await store.Calls.RewriteAsync(new RewriteRequest { Key = key, DropBelow = step, IfUnchanged = said.Stamp }, cancellationToken).ConfigureAwait(false))
            {
                return false;
            }

            if (step == line)
            {
                StoreLog.Trimmed(store.Logger, key, head.FirstVersion, line - 1);
                return true;
            }

            said = await store.Calls.GetHeadAsync(key, cancellationToken).ConfigureAwait(false) is { } now && now.Life == said.Life && now.Version == said.Version ? now : null;
        }

        return false;
    }

    // What is dropped cannot be read again, so nothing is dropped from a thread that is damaged: what is left may be all that tells what is wrong.
    // False if others have trimmed, redacted or erased it meanwhile, so that it cannot be said.
    private async ValueTask<bool> VerifyAsync(ThreadHead head, long line, CancellationToken cancellationToken)
    {
        if (_verifiedLife == head.Life && _verifiedLine == line)
        {
            return true;
        }

        var report = await new ThreadVerifier(store.Bodies, key, head).VerifyAsync(store.Calls, null, cancellationToken).ConfigureAwait(false);
        if (report.Problems is [var problem, ..])
        {
            return await Maintenance.HasChangedAsync(store, head, cancellationToken).ConfigureAwait(false)
                ? false
                : throw new CorruptStateException(key, problem.Version, $"nothing was dropped, because the thread is damaged: {problem.What}");
        }

        (_verifiedLife, _verifiedLine) = (head.Life, line);
        return true;
    }
}
