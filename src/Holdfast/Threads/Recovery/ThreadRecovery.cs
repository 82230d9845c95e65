using Holdfast.Logs;

namespace Holdfast;

/// <summary>Recovers a damaged thread: what is damaged goes into a quarantine, and the thread goes on from its last good version.</summary>
/// <remarks>
/// No log can take entries out of a thread at its end. So the good ones are copied to a key of their own in the space of trunks first, the damaged thread is erased, and they are copied
/// back. Whatever crashes in between, the good entries are in the log: the next recovery finds them there and goes on.
/// </remarks>
internal sealed class ThreadRecovery(StoreContext store, ThreadKey key)
{
    private ICommitLog Log => store.Unguarded;

    /// <returns>What was done; null if there is no such thread.</returns>
    public async ValueTask<RecoveryReport?> RunAsync(RecoverOptions options, CancellationToken cancellationToken)
    {
        using var turn = await store.Recoveries.LockAsync(key, cancellationToken).ConfigureAwait(false);
        while (true)
        {
            var look = await LookAsync(options.DryRun, cancellationToken).ConfigureAwait(false);
            if (look is null)
            {
                return null;
            }

            var (run, report) = (look.Verifier.NewestRun, look.Report);
            var recovery = new RecoveryReport(key.Id, report, run?.From ?? 0, run?.To ?? 0, options.DryRun) { GivenUpVersions = run is null ? 0 : run.From - (look.Head?.FirstVersion ?? look.Verifier.Oldest) };
            if (options.DryRun)
            {
                return recovery;
            }

            if (report.IsIntact)
            {
                return await FinishAsync(look.Head!, cancellationToken).ConfigureAwait(false) is { } note ? recovery with { Commit = note } : recovery;
            }

            if (store.User is not null && key.Space == ThreadSpace.Threads && look.Head is null)
            {
                throw new ThreadAccessDeniedException(key, $"Thread '{key}' cannot be recovered through the view of a user: its head is damaged, so that it is not known whose it is.");
            }

            await new Quarantining(store, key).WriteAsync(options.Quarantine!, look.Head, report, run, cancellationToken).ConfigureAwait(false);
            if (await ReplaceAsync(look.Head, run, cancellationToken).ConfigureAwait(false))
            {
                var commit = run is null ? null : await NoteAsync(TextOf(recovery), cancellationToken).ConfigureAwait(false);
                StoreLog.Recovered(store.Logger, key, recovery.FirstKept, recovery.LastKept, recovery.LostVersions, report.Problems.Count);
                return recovery with { Commit = commit };
            }
        }
    }

    /// <summary>Brings everything of the thread that can be read to safety, and removes it.</summary>
    public async ValueTask EmptyAsync(Stream quarantine, CancellationToken cancellationToken)
    {
        using var turn = await store.Recoveries.LockAsync(key, cancellationToken).ConfigureAwait(false);
        while (await LookAsync(false, cancellationToken).ConfigureAwait(false) is { } look)
        {
            if (look.Report.IsIntact)
            {
                await FinishAsync(look.Head!, cancellationToken).ConfigureAwait(false);
                return;
            }

            await new Quarantining(store, key).WriteAsync(quarantine, look.Head, look.Report, null, cancellationToken).ConfigureAwait(false);
            if (await EraseAsync(look.Head, cancellationToken).ConfigureAwait(false))
            {
                // What a recovery held that was cut off before is in the quarantine, too.
                await HeldEntries.EraseAsync(store, key, CancellationToken.None).ConfigureAwait(false);
                StoreLog.Recovered(store.Logger, key, 0, 0, look.Report.Version, look.Report.Problems.Count);
                return;
            }
        }
    }

    /// <summary>Finishes a recovery that was cut off once it had removed the damaged thread.</summary>
    public async ValueTask ResumeAsync(CancellationToken cancellationToken)
    {
        using var turn = await store.Recoveries.LockAsync(key, cancellationToken).ConfigureAwait(false);
        if (await store.Calls.GetHeadAsync(key, cancellationToken).ConfigureAwait(false) is null && await BringBackAsync(cancellationToken).ConfigureAwait(false) is { } held)
        {
            await EndAsync(held, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Finishes a recovery that was cut off once everything was in its place again.</summary>
    /// <returns>Whether there was one; it has made a commit then.</returns>
    /// <exception cref="CorruptStateException">The thread is damaged, and what is held of it cannot go.</exception>
    public async ValueTask<bool> EndAsync(CancellationToken cancellationToken)
    {
        using var turn = await store.Recoveries.LockAsync(key, cancellationToken).ConfigureAwait(false);
        if (await store.Calls.GetHeadAsync(key, cancellationToken).ConfigureAwait(false) is not { } head
            || !await HeldEntries.ListAsync(store, key, cancellationToken).AnyAsync(held => held.Life == head.Life, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        if (await LookAsync(isDryRun: true, cancellationToken).ConfigureAwait(false) is { Report.IsIntact: false })
        {
            throw new CorruptStateException(key, 0, "a recovery of it was cut off, and is to be run again first.");
        }

        await FinishAsync(head, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async ValueTask<Look?> LookAsync(bool isDryRun, CancellationToken cancellationToken)
    {
        ThreadHead? head = null;
        AgentStateException? damage = null;
        try
        {
            head = await store.Calls.GetHeadAsync(new HeadRequest { Key = key, WithPins = true }, cancellationToken).ConfigureAwait(false);
        }
        catch (CorruptStateException e)
        {
            damage = e;
        }

        if (head is null && damage is null)
        {
            // One that was cut off between the removal of the damaged thread and the end of the copy is finished.
            return !isDryRun && await BringBackAsync(cancellationToken).ConfigureAwait(false) is not null ? await LookAsync(isDryRun, cancellationToken).ConfigureAwait(false) : null;
        }

        var verifier = new ThreadVerifier(store.Bodies, key, head);
        var report = await verifier.VerifyAsync(Log, damage, cancellationToken).ConfigureAwait(false);
        return new(head, verifier, report.IsIntact && ThreadCheck.DisagreementOf(verifier, head!) is { } what ? report with { Problems = [new(0, what)] } : report);
    }

    private async ValueTask<bool> ReplaceAsync(ThreadHead? damaged, GoodRun? run, CancellationToken cancellationToken)
    {
        if (run is null)
        {
            return await EraseAsync(damaged, cancellationToken).ConfigureAwait(false);
        }

        var head = await RecoveredHead.OfAsync(store, key, run, damaged, cancellationToken).ConfigureAwait(false);
        await RemoveLeftAsync(head.Life, cancellationToken).ConfigureAwait(false);
        var held = HeldEntries.Hold(store, head);
        await new ThreadCopy(new RekeyedSource(Log, key, held), store).RunAsync(_ => { }, cancellationToken).ConfigureAwait(false);
        var pins = damaged?.Pins ?? await ForksByOrigin.PinsAsync(store, key, head.Life, cancellationToken).ConfigureAwait(false);
        if (pins.Count > 0)
        {
            await Log.UpdateHeadAsync(new() { Key = held.Key, AddPins = pins }, cancellationToken).ConfigureAwait(false);
        }

        await TellForksAsync(pins, head, cancellationToken).ConfigureAwait(false);
        if (!await EraseAsync(damaged, cancellationToken).ConfigureAwait(false))
        {
            await Log.EraseAsync(held.Key, null, cancellationToken).ConfigureAwait(false);
            return false;
        }

        // From here on the good entries are in one place only: what was begun is finished.
        await HeldEntries.BringBackAsync(store, held, key, CancellationToken.None).ConfigureAwait(false);
        await Log.EraseAsync(held.Key, null, CancellationToken.None).ConfigureAwait(false);
        return true;
    }

    // What comes in the place of versions that are lost is not the past of the forks that showed those.
    private async ValueTask TellForksAsync(IReadOnlyList<Pin> pins, ThreadHead head, CancellationToken cancellationToken)
    {
        foreach (var pin in pins.Where(pin => pin.To > head.Version))
        {
            try
            {
                while (await Log.GetHeadAsync(pin.Key, cancellationToken).ConfigureAwait(false) is { } fork && fork.Life == pin.Life)
                {
                    var lost = new Dictionary<string, string?> { [HeadProperties.LostPast] = LostPast.After(fork, head.Life, head.Version) };
                    if (await Log.UpdateHeadAsync(new() { Key = pin.Key, IfLife = fork.Life, IfRevision = fork.Revision, Properties = lost }, cancellationToken).ConfigureAwait(false) is not null)
                    {
                        break;
                    }
                }
            }
            catch (CorruptStateException)
            {
                // It cannot be told anything before it is recovered itself.
            }
        }
    }

    // What a recovery that was cut off before it had removed anything left behind. The thread has all of it still.
    private async ValueTask RemoveLeftAsync(CommitId life, CancellationToken cancellationToken)
    {
        await foreach (var left in HeldEntries.ListAsync(store, key, cancellationToken).ConfigureAwait(false))
        {
            if (left.Life == life)
            {
                await Log.EraseAsync(new EraseRequest { Key = left.Key, IfUnchanged = left.Stamp }, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    // A head that can be read tells whether somebody has changed the thread meanwhile; one that cannot must still be so.
    private async ValueTask<bool> EraseAsync(ThreadHead? damaged, CancellationToken cancellationToken)
    {
        if (damaged is not null)
        {
            return await store.Calls.EraseAsync(new EraseRequest { Key = key, IfUnchanged = damaged.Stamp }, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            await Log.GetHeadAsync(key, cancellationToken).ConfigureAwait(false);
            return false;
        }
        catch (CorruptStateException)
        {
            return await Log.EraseAsync(new EraseRequest { Key = key }, cancellationToken).ConfigureAwait(false);
        }
    }

    // Where several recoveries were cut off, the thread that was there last comes back.
    private async ValueTask<ThreadHead?> BringBackAsync(CancellationToken cancellationToken)
    {
        ThreadHead? newest = null;
        await foreach (var held in HeldEntries.ListAsync(store, key, cancellationToken).ConfigureAwait(false))
        {
            newest = HeadProperties.IsShown(held) && !(newest?.UpdatedAt >= held.UpdatedAt) ? held : newest;
        }

        if (newest is not null)
        {
            await HeldEntries.BringBackAsync(store, newest, key, cancellationToken).ConfigureAwait(false);
        }

        return newest;
    }

    // A recovery that was cut off once everything was in its place again.
    private async ValueTask<CommitInfo?> FinishAsync(ThreadHead head, CancellationToken cancellationToken)
    {
        CommitInfo? commit = null;
        await foreach (var held in HeldEntries.ListAsync(store, key, cancellationToken).ConfigureAwait(false))
        {
            if (held.Life == head.Life)
            {
                commit = await EndAsync(held, cancellationToken).ConfigureAwait(false) ?? commit;
            }
        }

        return commit;
    }

    private async ValueTask<CommitInfo?> EndAsync(ThreadHead held, CancellationToken cancellationToken)
    {
        var commit = await NoteAsync($"recovered up to version {held.Version}", cancellationToken).ConfigureAwait(false);
        await Log.EraseAsync(held.Key, null, cancellationToken).ConfigureAwait(false);
        return commit;
    }

    // So that the log of the thread says it, and no position of a version that was lost is one of the thread any more. An update that opened the thread may be waiting for this.
    private async ValueTask<CommitInfo?> NoteAsync(string what, CancellationToken cancellationToken)
    {
        var telling = store with { OnCorrupt = null };
        var options = new CommitOptions { Reason = what, Tags = ["recovered"], AllowEmpty = true };
        try
        {
            var (commit, _) = await Updater.RepeatAsync(telling, key, Open, (_, _) => new ValueTask<bool>(true), options, cancellationToken).ConfigureAwait(false);
            return commit;
        }
        catch (Exception e) when (e is ThreadExpiredException or ThreadNotFoundException)
        {
            // It has expired, or somebody has erased it meanwhile: no other thread is begun to say so.
            return null;
        }

        ValueTask<ThreadSession> Open(CancellationToken token) => key.Space == ThreadSpace.Threads
            ? SessionOpener.OpenAsync(telling, key, new() { LoadUser = false, MustExist = true }, allowDeleted: true, token)
            : SessionOpener.OpenVariablesAsync(telling, key, token);
    }

    private static string TextOf(RecoveryReport recovery)
        => recovery.LostVersions > 0 ? $"recovered: {recovery.LostVersions} versions after {recovery.LastKept} were lost" : "recovered: no version at its end was lost";

    private sealed record Look(ThreadHead? Head, ThreadVerifier Verifier, VerificationReport Report);
}
