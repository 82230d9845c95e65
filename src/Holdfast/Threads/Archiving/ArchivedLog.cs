using System.Collections.ObjectModel;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Holdfast.Logs;
using Microsoft.Extensions.Logging;

namespace Holdfast;

/// <summary>A log together with its archive: the first versions of a thread may be there, and it is the same thread.</summary>
/// <remarks>
/// <para>
/// The log alone says which threads there are, what their newest state is, and which of their versions are in the archive: a property of the head names the lowest. Versions below those that the log has are read
/// from the archive; whatever else is there counts for nothing. So nothing that an archiving leaves behind when it is cut off is ever seen.
/// </para>
/// <para>
/// Bodies are replaced in the archive first, and then here. What is dropped is first dropped by the head. An erased thread becomes a trunk here, so that nobody can go on with it, then it goes from the
/// archive, and then the trunk goes: if that is cut off, a clean-up finds the trunk and does the rest.
/// </para>
/// </remarks>
/// <param name="log">The log.</param>
/// <param name="place">The archive; null if the store has none, so that what was moved cannot be reached.</param>
internal sealed class ArchivedLog(ICommitLog log, ArchivePlace? place) : ICommitLog
{
    public LogCapabilities Capabilities => log.Capabilities;

    public string Description => log.Description;

    /// <summary>The archive; null if the store has none.</summary>
    public ArchivePlace? Place => place;

    /// <summary>A store over a log and the archive that its settings name.</summary>
    /// <exception cref="StateConfigurationException">The log is its own archive.</exception>
    public static StoreContext Over(ICommitLog log, AgentStateOptions options, ILogger logger)
    {
        if (ReferenceEquals(log, options.Archive))
        {
            throw new StateConfigurationException("AgentStateOptions.Archive is the log of the store itself. It must be another one.");
        }

        return new(log, options, logger, inner => new ArchivedLog(inner, options.Archive is { } archive ? new ArchivePlace(inner, new(archive, options, logger)) : null));
    }

    public ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default)
        => place is null || request.Entry.Key.Space != ThreadSpace.Threads ? log.AppendAsync(request, cancellationToken) : AppendOrFindAsync(request, cancellationToken);

    public async ValueTask<ThreadTail?> ReadTailAsync(TailRequest request, CancellationToken cancellationToken = default)
        => await log.ReadTailAsync(request, cancellationToken).ConfigureAwait(false) is not { } tail ? null
            : ArchivedPart.Join(tail.Head) is var head && ReferenceEquals(head, tail.Head) ? tail
            : tail with { Head = head };

    public async ValueTask<ThreadHead?> GetHeadAsync(HeadRequest request, CancellationToken cancellationToken = default)
        => await log.GetHeadAsync(request, cancellationToken).ConfigureAwait(false) is { } head ? ArchivedPart.Join(head) : null;

    public async ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default)
    {
        var page = await log.ListAsync(query, cancellationToken).ConfigureAwait(false);
        return page.Heads.Any(head => head.Properties.ContainsKey(HeadProperties.ArchivedTo)) ? page with { Heads = [.. page.Heads.Select(ArchivedPart.Join)] } : page;
    }

    // Where a version is missing that was asked for, the archive may have it. Nothing is asked of it, or of the head, as long as none is.
    public async IAsyncEnumerable<LogEntry> ReadAsync(ReadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (!IsArchivable(request.Key))
        {
            await foreach (var entry in log.ReadAsync(request, cancellationToken).ConfigureAwait(false))
            {
                yield return entry;
            }

            yield break;
        }

        var isForward = request.Direction == ReadDirection.Forward;
        var (next, last) = isForward ? (Math.Max(request.From, 1), request.To) : (request.To, Math.Max(request.From, 1));
        var entries = log.ReadAsync(request, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using var ending = entries.ConfigureAwait(false);
        Exception? damage = null;
        for (var hasRead = false; ; hasRead = true)
        {
            var entry = default(LogEntry);
            try
            {
                entry = await entries.MoveNextAsync().ConfigureAwait(false) ? entries.Current : null;
            }
            catch (CorruptStateException e)
            {
                damage = e;
            }

            // Up to what came, or up to the end. An open end is that of the log, and nothing is missing after it; going back, nothing is missing before what comes first.
            var (from, to) = (isForward, entry) switch
            {
                (true, not null) => (next, entry.Version - 1),
                (true, null) => (next, damage is CorruptStateException { Version: > 0 } e ? e.Version - 1 : last),
                (false, not null) => (entry.Version + 1, next),
                (false, null) => (last, next),
            };
            if (from <= to && (isForward ? entry is not null || damage is not null || last < long.MaxValue : damage is null && (hasRead || entry is null)))
            {
                await foreach (var archived in MissingAsync(request, from, to, cancellationToken).ConfigureAwait(false))
                {
                    yield return archived;
                }
            }

            if (damage is not null)
            {
                ExceptionDispatchInfo.Throw(damage);
            }

            if (entry is null)
            {
                yield break;
            }

            yield return entry;
            next = isForward ? entry.Version + 1 : entry.Version - 1;
        }
    }

    public async ValueTask<ThreadHead?> UpdateHeadAsync(HeadUpdate update, CancellationToken cancellationToken = default)
    {
        if (update is { Key.Space: ThreadSpace.Trunks, AddPins.Count: > 0 })
        {
            if (await log.GetHeadAsync(update.Key, cancellationToken).ConfigureAwait(false) is not { } trunk || HeadProperties.IsGoing(trunk) || !update.IsAllowed(trunk))
            {
                return null;
            }

            update = update with { IfRevision = trunk.Revision };
        }

        return await log.UpdateHeadAsync(update, cancellationToken).ConfigureAwait(false) is { } head ? ArchivedPart.Join(head) : null;
    }

    public async ValueTask<bool> RewriteAsync(RewriteRequest request, CancellationToken cancellationToken = default)
    {
        if (!IsArchivable(request.Key))
        {
            return await log.RewriteAsync(request, cancellationToken).ConfigureAwait(false);
        }

        while (await log.GetHeadAsync(request.Key, cancellationToken).ConfigureAwait(false) is { } head && (request.IfUnchanged ?? head.Stamp) == head.Stamp)
        {
            var isDone = ArchivedPart.Of(head) is { } part
                ? await UnlessChangedAsync(head, RewriteBothAsync(request, head, part, cancellationToken), cancellationToken).ConfigureAwait(false)
                : await log.RewriteAsync(request with { IfUnchanged = head.Stamp }, cancellationToken).ConfigureAwait(false);
            if (isDone || request.IfUnchanged is not null)
            {
                return isDone;
            }
        }

        return false;
    }

    public async ValueTask<bool> EraseAsync(EraseRequest request, CancellationToken cancellationToken = default)
    {
        if (!IsArchivable(request.Key))
        {
            return await log.EraseAsync(request, cancellationToken).ConfigureAwait(false);
        }

        while (true)
        {
            ThreadHead? head;
            try
            {
                head = await log.GetHeadAsync(request.Key, cancellationToken).ConfigureAwait(false);
            }
            catch (CorruptStateException) when (request.IfUnchanged is null)
            {
                // It cannot say whether anything of it was archived.
                return await log.EraseAsync(request, cancellationToken).ConfigureAwait(false);
            }

            if (head is null || (request.IfUnchanged ?? head.Stamp) != head.Stamp)
            {
                return false;
            }

            // One that is kept after all, because an erasure was cut off before the thread was a trunk, must not go later.
            var isDone = ArchivedPart.Of(head) is { } part && !request.KeepAsTrunk
                ? await EraseBothAsync(head, part, cancellationToken).ConfigureAwait(false)
                : await WithoutMarkAsync(head, HeadProperties.Erased, cancellationToken).ConfigureAwait(false) is { } stamp
                    && await log.EraseAsync(request with { IfUnchanged = stamp }, cancellationToken).ConfigureAwait(false);
            if (isDone || request.IfUnchanged is not null)
            {
                return isDone;
            }
        }
    }

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
        if (ArchivedPart.Of(claimed) is null)
        {
            var note = new ArchivedPart(claimed.FirstVersion, place!.Name).Note();
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
        finally
        {
            // What was copied of a thread that is gone by now must not stay.
            await place!.EraseOrphanAsync(head.Key, head.Life, cancellationToken).ConfigureAwait(false);
        }
    }

    public T? GetService<T>()
        where T : class
        => this as T ?? log.GetService<T>();

    public ValueTask DisposeAsync() => log.DisposeAsync();

    private static bool IsArchivable(ThreadKey key) => key.Space is ThreadSpace.Threads or ThreadSpace.Trunks;

    // A commit that is repeated may stand where the archive has it.
    private async ValueTask<AppendResult> AppendOrFindAsync(AppendRequest request, CancellationToken cancellationToken)
    {
        var result = await log.AppendAsync(request, cancellationToken).ConfigureAwait(false);
        if (result.Outcome != AppendOutcome.Dropped)
        {
            return result;
        }

        var version = request.Entry.Version;
        await foreach (var entry in MissingAsync(new() { Key = request.Entry.Key, Life = request.Head.Life }, version, version, cancellationToken).ConfigureAwait(false))
        {
            return entry.CommitId == request.Entry.CommitId ? AppendResult.Duplicate(result.CurrentVersion) : AppendResult.Conflict(result.CurrentVersion);
        }

        return result;
    }

    // Of the versions that the log did not have, those that are in the archive.
    private async IAsyncEnumerable<LogEntry> MissingAsync(ReadRequest request, long from, long to, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (await log.GetHeadAsync(request.Key, cancellationToken).ConfigureAwait(false) is not { } head || (request.Life ?? head.Life) != head.Life || ArchivedPart.Of(head) is not { } part)
        {
            yield break;
        }

        (from, to) = (Math.Max(from, part.First), Math.Min(to, head.FirstVersion - 1));
        if (from > to)
        {
            yield break;
        }

        var (next, left) = (request.Direction == ReadDirection.Forward ? from : to, to - from + 1);
        await foreach (var entry in Reachable(head.Key, part).ReadAsync(head, from, to, request.Direction, cancellationToken).ConfigureAwait(false))
        {
            if (entry.Version != next)
            {
                break;
            }

            yield return entry;
            next += request.Direction == ReadDirection.Forward ? 1 : -1;
            left--;
        }

        // It may have been dropped or erased since the head was read.
        if (left > 0 && await log.GetHeadAsync(request.Key, cancellationToken).ConfigureAwait(false) is { } now && now.Life == head.Life && ArchivedPart.Of(now)?.First <= next)
        {
            throw new CorruptStateException(head.Key, next, $"it was moved to the archive ({part.Place}), which does not have it.");
        }
    }

    private async ValueTask<bool> RewriteBothAsync(RewriteRequest request, ThreadHead head, ArchivedPart part, CancellationToken cancellationToken)
    {
        var archive = Reachable(head.Key, part);
        var drop = Math.Max(request.DropBelow, part.First);
        if (drop > part.First)
        {
            var isKeyframe = await archive.IsKeyframeAsync(log, head, drop, cancellationToken).ConfigureAwait(false);
            if (!isKeyframe && (await log.GetHeadAsync(head.Key, cancellationToken).ConfigureAwait(false))?.Stamp != head.Stamp)
            {
                return false;
            }

            RewriteRules.Check(request, ArchivedPart.Join(head), isKeyframe);
        }

        // What is being archived at this moment is there as well then, and nobody adds to it what is replaced here.
        try
        {
            await archive.TakeAsync(head, cancellationToken).ConfigureAwait(false);
        }
        catch (CorruptStateException) when (head.Key.Space == ThreadSpace.Trunks && part.First < head.FirstVersion)
        {
            // What is damaged here is not there: what is there can be emptied all the same.
        }
        catch (Exception e) when (e is StateTooLargeException or CommitConflictException or CorruptStateException && part.First >= head.FirstVersion)
        {
            // It cannot be archived, and nothing of it was.
            await archive.EraseAsync(head.Key, head.Life, cancellationToken).ConfigureAwait(false);
            return await WithoutMarkAsync(head, HeadProperties.Dropping, cancellationToken).ConfigureAwait(false) is { } left
                && await log.RewriteAsync(request with { IfUnchanged = left }, cancellationToken).ConfigureAwait(false);
        }

        if (drop > head.FirstVersion && !await archive.CompareAsync(head, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        await archive.RewriteAsync(head, request.Replacements, 0, cancellationToken).ConfigureAwait(false);
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
            await archive.RewriteAsync(head, own, 0, cancellationToken).ConfigureAwait(false);
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

        await place!.RewriteAsync(head, ReadOnlyDictionary<long, ReadOnlyMemory<byte>>.Empty, part.First, cancellationToken).ConfigureAwait(false);

        // Unless somebody has begun to drop more.
        await log.UpdateHeadAsync(new() { Key = head.Key, IfUnchanged = dropping.Stamp, Properties = Marked(HeadProperties.Dropping, null) }, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async ValueTask<bool> EraseBothAsync(ThreadHead head, ArchivedPart part, CancellationToken cancellationToken)
    {
        var archive = Reachable(head.Key, part);
        if (head.Key.Space == ThreadSpace.Trunks)
        {
            return await EraseTrunkAsync(head, archive, cancellationToken).ConfigureAwait(false);
        }

        // Asked before anything is done, because it cannot be undone.
        await archive.FindAsync(head.Key, head.Life, cancellationToken).ConfigureAwait(false);
        if (await log.UpdateHeadAsync(new() { Key = head.Key, IfUnchanged = head.Stamp, Properties = Marked(HeadProperties.Erased, "1") }, cancellationToken).ConfigureAwait(false) is not { } marked
            || !await log.EraseAsync(new EraseRequest { Key = head.Key, IfUnchanged = marked.Stamp, KeepAsTrunk = true }, cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        while (await log.GetHeadAsync(ThreadKey.Trunk(head.Key, head.Life), cancellationToken).ConfigureAwait(false) is { } trunk && !await EraseTrunkAsync(trunk, archive, cancellationToken).ConfigureAwait(false))
        {
        }

        return true;
    }

    private async ValueTask<ThreadStamp?> WithoutMarkAsync(ThreadHead head, string mark, CancellationToken cancellationToken)
        => !head.Properties.ContainsKey(mark) ? head.Stamp
            : (await log.UpdateHeadAsync(new() { Key = head.Key, IfUnchanged = head.Stamp, Properties = Marked(mark, null) }, cancellationToken).ConfigureAwait(false))?.Stamp;

    private static Dictionary<string, string?> Marked(string property, string? value) => new() { [property] = value };

    private async ValueTask<bool> EraseTrunkAsync(ThreadHead trunk, ArchivePlace archive, CancellationToken cancellationToken)
    {
        var closing = new HeadUpdate { Key = trunk.Key, IfUnchanged = trunk.Stamp, Properties = Marked(HeadProperties.Closing, "1") };
        if (await log.UpdateHeadAsync(closing, cancellationToken).ConfigureAwait(false) is not { } closed)
        {
            return false;
        }

        await archive.EraseAsync(trunk.Key, trunk.Life, cancellationToken).ConfigureAwait(false);
        return await log.EraseAsync(new EraseRequest { Key = trunk.Key, IfUnchanged = closed.Stamp }, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<bool> MoveClaimedAsync(ThreadHead claimed, CancellationToken cancellationToken)
    {
        await RequirePartAsync(claimed, cancellationToken).ConfigureAwait(false);
        await place!.TakeAsync(claimed, cancellationToken).ConfigureAwait(false);
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
        if (ArchivedPart.Of(head) is { } part && part.First < head.FirstVersion && await place!.FindAsync(head.Key, head.Life, cancellationToken).ConfigureAwait(false) is null)
        {
            throw new CorruptStateException(head.Key, part.First, $"it was moved to the archive ({part.Place}), and is not in that of the store ({place.Name}).");
        }
    }

    private ArchivePlace Reachable(ThreadKey key, ArchivedPart part)
        => place ?? throw new StateConfigurationException(
            $"A part of thread '{key}' was moved to an archive ({part.Place}), and this store has none. Set AgentStateOptions.Archive to the log of that archive.");
}
