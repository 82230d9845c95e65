using Holdfast.Logs;

namespace Holdfast;

/// <summary>The state of a thread that a copy adds commits to, so that its head can say what is true after each of them.</summary>
internal sealed class CopiedState
{
    private readonly BodyPipeline _bodies;
    private ThreadState? _state;
    private DateTimeOffset? _deletedAt;

    private CopiedState(BodyPipeline bodies, ThreadState state, DateTimeOffset? deletedAt) => (_bodies, _state, _deletedAt) = (bodies, state, deletedAt);

    /// <summary>The state of a thread as it stands; null where it cannot be read: a copy does not need it.</summary>
    public static async ValueTask<CopiedState?> OfAsync(StoreContext target, ThreadHead standing, CancellationToken cancellationToken)
        => await FoldAsync(target, standing, cancellationToken).ConfigureAwait(false) is var (state, _) ? new(target.Bodies, state, standing.DeletedAt) : null;

    /// <summary>Whether what the head of a thread says is what its commits fold to.</summary>
    public static async ValueTask<bool> IsTrueAsync(StoreContext target, ThreadHead head, CancellationToken cancellationToken)
        => await FoldAsync(target, head, cancellationToken).ConfigureAwait(false) is var (state, chain) && chain == head.ChainHash && HeadFacts.AreSame(HeadFacts.Of(state, head), head);

    /// <summary>The head after the next commit.</summary>
    /// <param name="entry">The commit.</param>
    /// <param name="head">The head with what does not follow from the state; it stays as it is where the commit cannot be read.</param>
    public ThreadHead After(LogEntry entry, ThreadHead head)
    {
        try
        {
            _state?.Apply(entry, CommitBodyReader.Read(entry, _bodies.Decode(entry)).Change);
        }
        catch (AgentStateException)
        {
            _state = null;
        }

        if (_state is null)
        {
            return head;
        }

        _deletedAt = _state.IsDeleted ? _deletedAt ?? entry.At : null;
        return HeadFacts.Of(_state, head with { DeletedAt = _deletedAt });
    }

    private static async ValueTask<(ThreadState State, Digest Chain)?> FoldAsync(StoreContext target, ThreadHead head, CancellationToken cancellationToken)
    {
        try
        {
            var (state, _, chain) = await PastFold.AtAsync(target.Unguarded, target.Bodies, head.Key, head.Version, head, cancellationToken).ConfigureAwait(false);
            return (state, chain);
        }
        catch (AgentStateException e) when (e is not StoreUnavailableException)
        {
            return null;
        }
    }
}
