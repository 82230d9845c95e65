using System.Runtime.CompilerServices;
using Holdfast.Logs;

namespace Holdfast;

public sealed partial class AgentStateStore
{
    /// <summary>The commits of a thread, newest first; none if there is no such thread, or it was deleted or has expired.</summary>
    /// <exception cref="CorruptStateException">A commit is damaged.</exception>
    public async IAsyncEnumerable<CommitInfo> LogAsync(ThreadId id, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var key = KeyOf(id);
        if (await VisibleHeadAsync(key, cancellationToken).ConfigureAwait(false) is not { } head)
        {
            yield break;
        }

        await foreach (var entry in Calls.ReadAsync(key, 1, head.Version, ReadDirection.Backward, cancellationToken).ConfigureAwait(false))
        {
            yield return Describe(entry, CommitBodyReader.Read(entry));
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
