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
/// </remarks>
/// <param name="log">The log.</param>
/// <param name="place">The archive; null if the store has none, so that what was moved cannot be reached.</param>
internal sealed class ArchivedLog(ICommitLog log, ArchivePlace? place) : ICommitLog
{
    private readonly ArchiveChanges? _changes = place is null ? null : new(log, place);

    public LogCapabilities Capabilities => log.Capabilities;

    public string Description => log.Description;

    /// <summary>How threads that are in both are changed; null if the store has no archive.</summary>
    public ArchiveChanges? Changes => _changes;

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
        return page.Heads.Any(head => head.Properties.ContainsKey(HeadProperties.ArchivedTo)) ? Join(page) : page;
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
                ? await Reachable(head.Key, part).RewriteAsync(request, head, part, cancellationToken).ConfigureAwait(false)
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
            ArchivedPart? part;
            try
            {
                head = await log.GetHeadAsync(request.Key, cancellationToken).ConfigureAwait(false);
                part = head is null ? null : ArchivedPart.Of(head);
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

            var isDone = part is { } archived
                ? await Reachable(head.Key, archived).EraseAsync(request, head, cancellationToken).ConfigureAwait(false)
                : await log.EraseAsync(request with { IfUnchanged = head.Stamp }, cancellationToken).ConfigureAwait(false);
            if (isDone || request.IfUnchanged is not null)
            {
                return isDone;
            }
        }
    }

    public T? GetService<T>()
        where T : class
        => this as T ?? log.GetService<T>();

    public ValueTask DisposeAsync() => log.DisposeAsync();

    // One damaged head keeps none of the others from being listed.
    private static HeadPage Join(HeadPage page)
    {
        var (heads, leftOut) = (new List<ThreadHead>(page.Heads.Count), new List<AgentStateException>(page.LeftOut));
        foreach (var head in page.Heads)
        {
            try
            {
                heads.Add(ArchivedPart.Join(head));
            }
            catch (CorruptStateException e)
            {
                leftOut.Add(e);
            }
        }

        return page with { Heads = heads, LeftOut = leftOut };
    }

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
        if (await ReadableHeadAsync(request.Key, cancellationToken).ConfigureAwait(false) is not { } head || (request.Life ?? head.Life) != head.Life || ArchivedPart.Of(head) is not { } part)
        {
            yield break;
        }

        (from, to) = (Math.Max(from, part.First), Math.Min(to, head.FirstVersion - 1));
        if (from > to)
        {
            yield break;
        }

        var (next, left) = (request.Direction == ReadDirection.Forward ? from : to, to - from + 1);
        await foreach (var entry in Reachable(head.Key, part).Place.ReadAsync(head, from, to, request.Direction, cancellationToken).ConfigureAwait(false))
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

    // One that cannot be read does not say whether anything was archived. What is in the log is there all the same.
    private async ValueTask<ThreadHead?> ReadableHeadAsync(ThreadKey key, CancellationToken cancellationToken)
    {
        try
        {
            return await log.GetHeadAsync(key, cancellationToken).ConfigureAwait(false);
        }
        catch (CorruptStateException)
        {
            return null;
        }
    }

    private ArchiveChanges Reachable(ThreadKey key, ArchivedPart part)
        => _changes ?? throw new StateConfigurationException(
            $"A part of thread '{key}' was moved to an archive ({part.Place}), and this store has none. Set AgentStateOptions.Archive to the log of that archive.");
}
