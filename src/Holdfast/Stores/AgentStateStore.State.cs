using Holdfast.Logs;

namespace Holdfast;

public sealed partial class AgentStateStore
{
    /// <summary>Reads the whole state of a thread, with every visible message.</summary>
    /// <param name="id">The thread.</param>
    /// <param name="version">The version to read the state at: 1 to the current one; null for the current one.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The state; null if there is no such thread or version, or the thread was deleted or has expired.</returns>
    /// <exception cref="CorruptStateException">The thread is damaged.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed.</exception>
    public async ValueTask<AgentState?> LoadAsync(ThreadId id, long? version = null, CancellationToken cancellationToken = default)
    {
        var key = KeyOf(id);
        var tail = await Calls.ReadTailAsync(key, cancellationToken: cancellationToken).ConfigureAwait(false);
        if (tail is null || tail.Head.DeletedAt is not null || tail.Head.IsExpired(_context.Now) || version < 1 || version > tail.Head.Version)
        {
            return null;
        }

        var (state, recent) = version is { } earlier && earlier < tail.Head.Version
            ? await PastFold.AtAsync(Calls, key, earlier, cancellationToken).ConfigureAwait(false)
            : FoldOf(tail);
        var at = version ?? tail.Head.Version;
        var messages = await new HistoryReader(Calls, key, state.History, recent, at)
            .ForwardAsync(cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false);
        return AgentState.Of(key, at, state, messages);
    }

    private static (ThreadState State, IReadOnlyList<EntryMessages> Recent) FoldOf(ThreadTail tail)
    {
        var fold = TailFold.Of(tail);
        return (fold.State, fold.Recent);
    }
}
