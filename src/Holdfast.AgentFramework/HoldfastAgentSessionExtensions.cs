using Holdfast;

namespace Microsoft.Agents.AI;

/// <summary>The thread of an agent's session.</summary>
public static class HoldfastAgentSessionExtensions
{
    /// <summary>The key of <see cref="AgentSession.StateBag"/> under which a session has the id of its thread; the value is a string.</summary>
    public const string ThreadKey = "holdfast.thread";

    /// <summary>The thread of a session: its conversation id, if its chat client has conversations of its own (as in <c>agent.CreateSessionAsync(threadId)</c>), else the one that was set; null if it has none yet.</summary>
    public static ThreadId? GetThreadId(this AgentSession session)
    {
        ArgumentNullException.ThrowIfNull(session);
        var id = session.GetService<ChatClientAgentSession>()?.ConversationId is { } conversation && conversation != PerServiceCallChatHistoryPersistingChatClient.LocalHistoryConversationId
            ? conversation
            : session.StateBag.GetValue<string>(ThreadKey);
        return id is null ? default(ThreadId?) : ThreadId.Parse(id);
    }

    /// <summary>Says which thread a session is about. It is kept with the session.</summary>
    public static void SetThreadId(this AgentSession session, ThreadId id)
    {
        ArgumentNullException.ThrowIfNull(session);
        session.StateBag.SetValue(ThreadKey, ThreadId.Parse(id.Value).Value);
    }
}
