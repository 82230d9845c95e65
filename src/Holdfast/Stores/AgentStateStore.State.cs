using System.Runtime.CompilerServices;
using Holdfast.Logs;

namespace Holdfast;

public sealed partial class AgentStateStore
{
    /// <summary>Reads the whole state of a thread, with every visible message.</summary>
    /// <param name="id">The thread.</param>
    /// <param name="version">The version to read the state at: 1 to the current one; null for the current one.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The state; null if there is no such thread or version, or the thread was deleted or has expired.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The version is not positive.</exception>
    /// <exception cref="CorruptStateException">The thread is damaged. Earlier versions that are whole can still be loaded.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed.</exception>
    public ValueTask<AgentState?> LoadAsync(ThreadId id, long? version = null, CancellationToken cancellationToken = default)
        => LoadAsync(id, new LoadOptions { Version = version }, cancellationToken);

    /// <summary>Reads the state of a thread, or the part of it that is wanted.</summary>
    /// <param name="id">The thread.</param>
    /// <param name="options">The version, and what is loaded; null for everything at the current version.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The state; null if there is no such thread or version, or the thread was deleted or has expired. One that is partial cannot be saved.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The version is not positive, or the number of messages is negative.</exception>
    /// <exception cref="CorruptStateException">The thread is damaged. Earlier versions that are whole can still be loaded.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed.</exception>
    [OverloadResolutionPriority(1)]
    public async ValueTask<AgentState?> LoadAsync(ThreadId id, LoadOptions? options, CancellationToken cancellationToken = default)
    {
        options ??= new();
        options.Validate();
        var key = KeyOf(id);
        if (await FoldAsync(key, options.Version, cancellationToken).ConfigureAwait(false) is not var (state, recent, version))
        {
            return null;
        }

        var reader = new HistoryReader(Calls, key, state.History, recent, version);
        var messages = options.LastMessages is { } last
            ? await LastMessages.OfAsync(reader.BackwardAsync(null, cancellationToken), last).ConfigureAwait(false)
            : await reader.ForwardAsync(cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false);
        return AgentState.Of(key, version, state, messages, options);
    }

    private async ValueTask<(ThreadState State, IReadOnlyList<EntryMessages> Recent, long Version)?> FoldAsync(
        ThreadKey key, long? version, CancellationToken cancellationToken)
    {
        try
        {
            var tail = await Calls.ReadTailAsync(key, cancellationToken: cancellationToken).ConfigureAwait(false);
            if (tail is null || tail.Head.DeletedAt is not null || tail.Head.IsExpired(_context.Now) || version > tail.Head.Version)
            {
                return null;
            }

            if (version is null || version == tail.Head.Version)
            {
                var fold = TailFold.Of(tail);
                return (fold.State, fold.Recent, tail.Head.Version);
            }
        }
        catch (CorruptStateException) when (version is not null)
        {
            // The end of the thread is damaged; the version that is asked for may be whole.
        }

        var (state, recent) = await PastFold.AtAsync(Calls, key, version.Value, cancellationToken).ConfigureAwait(false);
        return (state, recent, version.Value);
    }
}
