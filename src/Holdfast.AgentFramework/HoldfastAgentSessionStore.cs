using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Holdfast;

namespace Microsoft.Agents.AI;

/// <summary>Sessions of agents, kept in threads: of what an agent notes in its session, only what changed is written, and two runs that change the same thing are told.</summary>
/// <remarks>
/// <para>
/// Each key of the session's <see cref="AgentSession.StateBag"/> is a key of a section of the thread, beside the conversation, whose thread it is: sessions of this store have its id
/// (<see cref="HoldfastAgentSessionExtensions.GetThreadId"/>). What the thread has after a crash between a run and the save, its conversation and its todos, is in the next session.
/// The todos of a <see cref="TodoProvider"/> of the agent are those of the thread, so that others see and change them.
/// </para>
/// <para>Thread safe. Sessions that were read, or saved, by this store know on which version they are based; they are not to be used by two runs at once.</para>
/// </remarks>
[Experimental("MAAI001")]
public sealed class HoldfastAgentSessionStore : AgentSessionStore
{
    private readonly AgentStateStore _store;
    private readonly Func<AIAgent, AgentSessionStoreKey, ThreadId> _threadOf;

    // The framework does not say what a session was read from: the unit of work is kept beside it, so that a save meets the changes of others.
    private readonly ConditionalWeakTable<AgentSession, ThreadSession> _open = [];

    /// <summary>Makes the store.</summary>
    /// <param name="store">Where the threads are.</param>
    /// <param name="threadOf">Finds the thread of a key; null for one that is made of the name of the agent, the session id and the partitions.</param>
    public HoldfastAgentSessionStore(AgentStateStore store, Func<AIAgent, AgentSessionStoreKey, ThreadId>? threadOf = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        (_store, _threadOf) = (store, threadOf ?? ThreadOf);
    }

    /// <inheritdoc/>
    public override async ValueTask<AgentSession?> GetSessionAsync(AIAgent agent, AgentSessionStoreKey key, CancellationToken cancellationToken = default)
    {
        var thread = await OpenAsync(agent, key, cancellationToken).ConfigureAwait(false);
        return thread.Version == 0 ? null : await ReadAsync(agent, thread, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async ValueTask<AgentSession> GetOrCreateSessionAsync(AIAgent agent, AgentSessionStoreKey key, CancellationToken cancellationToken = default)
        => await ReadAsync(agent, await OpenAsync(agent, key, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    /// <exception cref="CommitConflictException">Another run has changed the same key of the session since it was read; the message names it. Nothing was written.</exception>
    public override async ValueTask SaveSessionAsync(AIAgent agent, AgentSessionStoreKey key, AgentSession session, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        var isKnown = _open.TryGetValue(session, out var open);
        var thread = isKnown ? open! : await OpenAsync(agent, key, cancellationToken).ConfigureAwait(false);
        var section = SessionDocument.SectionOf(thread, agent);
        if (!isKnown && section.Count > 0)
        {
            throw new CommitConflictException(ThreadKey.Of(_store.Tenant, thread.Id), 0, thread.Version, "there is a session, and the one to save was not read from this store");
        }

        var state = SessionDocument.Flat(await agent.SerializeSessionAsync(session, cancellationToken: cancellationToken).ConfigureAwait(false));
        TodoBridge.Store(state, thread.Todos);
        section.Assign(SessionDocument.ToJson(state));
        await thread.CommitAsync("session", cancellationToken).ConfigureAwait(false);
        _open.AddOrUpdate(session, thread);
    }

    /// <summary>Erases the thread of a session for good, with its conversation and all versions.</summary>
    /// <inheritdoc/>
    public override async ValueTask DeleteSessionAsync(AIAgent agent, AgentSessionStoreKey key, CancellationToken cancellationToken = default)
        => await _store.Thread(_threadOf(agent, key)).EraseAsync(cancellationToken: cancellationToken).ConfigureAwait(false);

    private ValueTask<ThreadSession> OpenAsync(AIAgent agent, AgentSessionStoreKey key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(agent);
        ArgumentNullException.ThrowIfNull(key);
        return _store.OpenAsync(_threadOf(agent, key), new() { RebaseOnConflict = true, LoadUser = false }, cancellationToken);
    }

    private async ValueTask<AgentSession> ReadAsync(AIAgent agent, ThreadSession thread, CancellationToken cancellationToken)
    {
        var section = SessionDocument.SectionOf(thread, agent);
        var state = section.ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);
        if (agent.GetService<TodoProvider>() is not null)
        {
            TodoBridge.Show(state, thread.Todos);
        }

        var session = state.Count == 0
            ? await agent.CreateSessionAsync(cancellationToken).ConfigureAwait(false)
            : await agent.DeserializeSessionAsync(SessionDocument.Nested(state), null, cancellationToken).ConfigureAwait(false);
        if (session.GetThreadId() is null)
        {
            session.SetThreadId(thread.Id);
        }

        _open.AddOrUpdate(session, thread);
        return session;
    }

    // Different parts make different ids. The id of an agent is another one in each process, unless it was set.
    private static ThreadId ThreadOf(AIAgent agent, AgentSessionStoreKey key)
        => ThreadId.Of(
            [
                agent.Name ?? throw new InvalidOperationException("The agent has no name, so its sessions cannot be found again. Give it one, or pass 'threadOf'."),
                key.SessionId,
                .. (key.Partitions ?? new Dictionary<string, string>()).OrderBy(partition => partition.Key, StringComparer.Ordinal).SelectMany(partition => new[] { partition.Key, partition.Value }),
            ]);
}
