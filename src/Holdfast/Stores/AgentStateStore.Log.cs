using System.Runtime.CompilerServices;
using Holdfast.Logs;

namespace Holdfast;

public sealed partial class AgentStateStore
{
    /// <summary>The commits of a thread, newest first; none if there is no such thread, or it was deleted or has expired.</summary>
    /// <exception cref="CorruptStateException">A commit is damaged.</exception>
    public IAsyncEnumerable<CommitInfo> LogAsync(ThreadId id, CancellationToken cancellationToken = default) => LogAsync(id, new(), cancellationToken);

    /// <summary>The commits of a thread that a query asks for; none if there is no such thread, or it was deleted or has expired.</summary>
    /// <remarks>Streamed: commits are read as they are enumerated. Filters are applied to what is read; a range of versions reads only that range.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The range of versions is empty or begins before 1.</exception>
    /// <exception cref="CorruptStateException">A commit is damaged.</exception>
    [OverloadResolutionPriority(1)]
    public IAsyncEnumerable<CommitInfo> LogAsync(ThreadId id, LogQuery? query, CancellationToken cancellationToken = default)
    {
        query ??= new();
        query.Validate();
        return ReadLogAsync(KeyOf(id), query, cancellationToken);
    }

    private async IAsyncEnumerable<CommitInfo> ReadLogAsync(ThreadKey key, LogQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (await VisibleHeadAsync(key, cancellationToken).ConfigureAwait(false) is not { } head)
        {
            yield break;
        }

        var to = Math.Min(query.To ?? head.Version, head.Version);
        var direction = query.Ascending ? ReadDirection.Forward : ReadDirection.Backward;
        await foreach (var entry in Calls.ReadAsync(key, query.From, to, direction, cancellationToken).ConfigureAwait(false))
        {
            if (Describe(entry, CommitBodyReader.Read(entry)) is var commit && query.Matches(commit))
            {
                yield return commit;
            }
        }
    }

    /// <summary>Checks everything that is stored of a thread: that no entry is missing or changed, that the chain of hashes is whole, and that the folded state agrees with the keyframes and the head.</summary>
    /// <remarks>Damage is what the report tells; it is not thrown. What can be read after a damaged commit is checked too, also where the head cannot be read.</remarks>
    /// <returns>What was found; null if there is no such thread. Deleted and expired threads are checked too.</returns>
    /// <exception cref="StoreUnavailableException">The backend failed.</exception>
    public async ValueTask<VerificationReport?> VerifyAsync(ThreadId id, CancellationToken cancellationToken = default)
    {
        var key = KeyOf(id);
        ThreadHead? head = null;
        CorruptStateException? damage = null;
        try
        {
            head = await Calls.GetHeadAsync(key, cancellationToken).ConfigureAwait(false);
        }
        catch (CorruptStateException e)
        {
            damage = e;
        }

        return head is null && damage is null ? null : await new ThreadVerifier(key, head).VerifyAsync(Calls, damage, cancellationToken).ConfigureAwait(false);
    }

    private static CommitInfo Describe(LogEntry entry, CommitBody body) => new()
    {
        ThreadId = entry.Key.Id,
        Version = entry.Version,
        CommitId = entry.CommitId,
        At = entry.At,
        Agent = body.Agent,
        Reason = body.Reason,
        Tags = body.Tags,
        Status = body.Status,
        MessageCount = entry.MessageCount,
        Set = CommitInfo.Paths(body.Set.Select(set => (set.Section, set.Key))),
        Removed = CommitInfo.Paths(body.Remove),
        Deleted = body.Deleted,
        ChangedHistory = body.History is not null,
        IsKeyframe = entry.IsKeyframe,
        Bytes = entry.Body.Length,
    };
}
