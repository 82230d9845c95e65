using System.Collections.ObjectModel;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Changes threads of which a log has one part, and its archive the other.</summary>
/// <remarks>
/// Bodies are replaced in the archive first, and then here. What is dropped is first dropped by the head. An erased thread becomes a trunk here, so that nobody can go on with it, then it goes from the
/// archive, and then the trunk goes: if that is cut off, a clean-up finds the trunk and does the rest.
/// </remarks>
/// <param name="log">The log.</param>
/// <param name="place">The archive.</param>
internal sealed class ArchiveChanges(ICommitLog log, ArchivePlace place)
{
    /// <summary>The archive.</summary>
    public ArchivePlace Place => place;

    /// <summary>Moves what a thread has before its newest version, which must be a keyframe: copies it to the archive, compares, and drops it here if nobody has changed the thread meanwhile.</summary>
    /// <param name="head">The thread.</param>
    /// <param name="cancellationToken">Ends it between two steps. What was done counts for nothing until the last, and the next move goes on there.</param>
    /// <returns>Whether it was moved; false if others have changed the thread meanwhile.</returns>
    public async ValueTask<bool> MoveAsync(ThreadHead head, CancellationToken cancellationToken)
    {
        var claimed = await log.GetHeadAsync(head.Key, cancellationToken).ConfigureAwait(false);
        if (claimed is null || claimed.Stamp != head.Stamp || claimed.KeyframeVersion != claimed.Version)
        {
            return false;
        }

        // Said first: whoever erases or redacts the thread from now on does it in the archive too.
        var isNew = ArchivedPart.Of(claimed) is null;
        if (isNew)
        {
            var note = new ArchivedPart(claimed.FirstVersion, place.Name).Note();
            claimed = await log.UpdateHeadAsync(new() { Key = head.Key, IfUnchanged = claimed.Stamp, Properties = note }, cancellationToken).ConfigureAwait(false);
        }

        if (claimed is null)
        {
            return false;
        }

        try
        {
            return await UnlessChangedAsync(claimed, MoveClaimedAsync(claimed, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch (StateConfigurationException) when (isNew)
        {
            await WithoutMarkAsync(claimed, HeadProperties.ArchivedTo, cancellationToken).ConfigureAwait(false);
            throw;
        }
        finally
        {
            // What was copied of a thread that is gone by now must not stay.
            await place.EraseOrphanAsync(head.Key, head.Life, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc cref="ICommitLog.RewriteAsync"/>
    public ValueTask<bool> RewriteAsync(RewriteRequest request, ThreadHead head, ArchivedPart part, CancellationToken cancellationToken)
        => UnlessChangedAsync(head, RewriteBothAsync(request, head, part, cancellationToken), cancellationToken);

    /// <inheritdoc cref="ICommitLog.EraseAsync"/>
    public async ValueTask<bool> EraseAsync(EraseRequest request, ThreadHead head, CancellationToken cancellationToken)
    {
        if (!request.KeepAsTrunk)
        {
            return await EraseBothAsync(head, cancellationToken).ConfigureAwait(false);
        }

        // One that is kept after all, because an erasure was cut off before the thread was a trunk, must not go later.
        return await WithoutMarkAsync(head, HeadProperties.Erased, cancellationToken).ConfigureAwait(false) is { } stamp
            && await log.EraseAsync(request with { IfUnchanged = stamp }, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<bool> RewriteBothAsync(RewriteRequest request, ThreadHead head, ArchivedPart part, CancellationToken cancellationToken)
    {
        var drop = Math.Max(request.DropBelow, part.First);
        if (drop > part.First)
        {
            var isKeyframe = await place.IsKeyframeAsync(head, drop, cancellationToken).ConfigureAwait(false);
            if (!isKeyframe && (await log.GetHeadAsync(head.Key, cancellationToken).ConfigureAwait(false))?.Stamp != head.Stamp)
            {
                return false;
            }

            RewriteRules.Check(request, ArchivedPart.Join(head), isKeyframe);
        }

        // What is being archived at this moment is there as well then, and nobody adds to it what is replaced here.
        try
        {
            await place.TakeAsync(head, cancellationToken).ConfigureAwait(false);
        }
        catch (CorruptStateException) when (head.Key.Space == ThreadSpace.Trunks && part.First < head.FirstVersion)
        {
            // What is damaged here is not there: what is there can be emptied all the same.
        }
        catch (Exception e) when (e is StateTooLargeException or CommitConflictException or CorruptStateException && part.First >= head.FirstVersion)
        {
            // It cannot be archived, and nothing of it was.
            await place.EraseAsync(head.Key, head.Life, cancellationToken).ConfigureAwait(false);
            return await WithoutMarkAsync(head, HeadProperties.Dropping, cancellationToken).ConfigureAwait(false) is { } left
                && await log.RewriteAsync(request with { IfUnchanged = left }, cancellationToken).ConfigureAwait(false);
        }

        if (drop > head.FirstVersion && !await place.CompareAsync(head, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        await place.RewriteAsync(head, request.Replacements, 0, cancellationToken).ConfigureAwait(false);
        var own = request.Replacements.Where(body => body.Key >= head.FirstVersion).ToDictionary();
        var stamp = head.Stamp;
        if (own.Count > 0 || request.DropBelow > head.FirstVersion)
        {
            // What is dropped here is in the archive still.
            if (!await log.RewriteAsync(request with { Replacements = own, IfUnchanged = stamp }, cancellationToken).ConfigureAwait(false))
            {
                return false;
            }

            // Somebody who compared it with what stood here may have put it back.
            await place.RewriteAsync(head, own, 0, cancellationToken).ConfigureAwait(false);
            stamp = stamp with { Revision = stamp.Revision + 1 };
        }
        else if (request.Replacements.Count > 0)
        {
            // The revision moves, as it does with every rewrite.
            if (await log.UpdateHeadAsync(new() { Key = head.Key, IfUnchanged = stamp, Properties = part.Note() }, cancellationToken).ConfigureAwait(false) is not { } noted)
            {
                return false;
            }

            stamp = noted.Stamp;
        }

        return (drop == part.First && !head.Properties.ContainsKey(HeadProperties.Dropping)) || await DropAsync(head, stamp, part with { First = drop }, cancellationToken).ConfigureAwait(false);
    }

    // The head drops it: from there on nobody sees it. Then it goes from the archive.
    private async ValueTask<bool> DropAsync(ThreadHead head, ThreadStamp stamp, ArchivedPart part, CancellationToken cancellationToken)
    {
        var note = part.Note();
        note[HeadProperties.Dropping] = "1";
        if (await log.UpdateHeadAsync(new() { Key = head.Key, IfUnchanged = stamp, Properties = note }, cancellationToken).ConfigureAwait(false) is not { } dropping)
        {
            return false;
        }

        await place.RewriteAsync(head, ReadOnlyDictionary<long, ReadOnlyMemory<byte>>.Empty, part.First, cancellationToken).ConfigureAwait(false);

        // Unless somebody has begun to drop more.
        await log.UpdateHeadAsync(new() { Key = head.Key, IfUnchanged = dropping.Stamp, Properties = Marked(HeadProperties.Dropping, null) }, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async ValueTask<bool> EraseBothAsync(ThreadHead head, CancellationToken cancellationToken)
    {
        if (head.Key.Space == ThreadSpace.Trunks)
        {
            return await EraseTrunkAsync(head, cancellationToken).ConfigureAwait(false);
        }

        // Asked before anything is done, because it cannot be undone.
        await place.FindAsync(head.Key, head.Life, cancellationToken).ConfigureAwait(false);
        if (await log.UpdateHeadAsync(new() { Key = head.Key, IfUnchanged = head.Stamp, Properties = Marked(HeadProperties.Erased, "1") }, cancellationToken).ConfigureAwait(false) is not { } marked
            || !await log.EraseAsync(new EraseRequest { Key = head.Key, IfUnchanged = marked.Stamp, KeepAsTrunk = true }, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        while (await log.GetHeadAsync(ThreadKey.Trunk(head.Key, head.Life), cancellationToken).ConfigureAwait(false) is { } trunk && !await EraseTrunkAsync(trunk, cancellationToken).ConfigureAwait(false))
        {
        }

        return true;
    }

    private async ValueTask<bool> EraseTrunkAsync(ThreadHead trunk, CancellationToken cancellationToken)
    {
        var closing = new HeadUpdate { Key = trunk.Key, IfUnchanged = trunk.Stamp, Properties = Marked(HeadProperties.Closing, "1") };
        if (await log.UpdateHeadAsync(closing, cancellationToken).ConfigureAwait(false) is not { } closed)
        {
            return false;
        }

        await place.EraseAsync(trunk.Key, trunk.Life, cancellationToken).ConfigureAwait(false);
        return await log.EraseAsync(new EraseRequest { Key = trunk.Key, IfUnchanged = closed.Stamp }, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<bool> MoveClaimedAsync(ThreadHead claimed, CancellationToken cancellationToken)
    {
        await RequirePartAsync(claimed, cancellationToken).ConfigureAwait(false);
        await place.TakeAsync(claimed, cancellationToken).ConfigureAwait(false);
        return await place.CompareAsync(claimed, cancellationToken).ConfigureAwait(false)
            && await log.RewriteAsync(new RewriteRequest { Key = claimed.Key, DropBelow = claimed.Version, IfUnchanged = claimed.Stamp }, cancellationToken).ConfigureAwait(false);
    }

    // What is copied, dropped and erased by others meanwhile looks like damage, and is none.
    private async ValueTask<bool> UnlessChangedAsync(ThreadHead head, ValueTask<bool> change, CancellationToken cancellationToken)
    {
        try
        {
            return await change.ConfigureAwait(false);
        }
        catch (AgentStateException e) when (e is CorruptStateException or CommitConflictException)
        {
            if ((await log.GetHeadAsync(head.Key, cancellationToken).ConfigureAwait(false))?.Stamp == head.Stamp)
            {
                throw;
            }

            return false;
        }
    }

    // What was moved before must be in the same archive.
    private async ValueTask RequirePartAsync(ThreadHead head, CancellationToken cancellationToken)
    {
        if (ArchivedPart.Of(head) is { } part && part.First < head.FirstVersion && await place.FindAsync(head.Key, head.Life, cancellationToken).ConfigureAwait(false) is null)
        {
            throw new CorruptStateException(head.Key, part.First, $"it was moved to the archive ({part.Place}), and is not in that of the store ({place.Name}).");
        }
    }

    private async ValueTask<ThreadStamp?> WithoutMarkAsync(ThreadHead head, string mark, CancellationToken cancellationToken)
        => !head.Properties.ContainsKey(mark) ? head.Stamp
            : (await log.UpdateHeadAsync(new() { Key = head.Key, IfUnchanged = head.Stamp, Properties = Marked(mark, null) }, cancellationToken).ConfigureAwait(false))?.Stamp;

    private static Dictionary<string, string?> Marked(string property, string? value) => new() { [property] = value };
}
