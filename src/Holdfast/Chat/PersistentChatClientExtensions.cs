using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>Gives chat clients a memory.</summary>
public static class PersistentChatClientExtensions
{
    /// <summary>A chat client that keeps its conversations in a store; <see cref="ChatOptions.ConversationId"/> is the thread id.</summary>
    /// <param name="client">The client that talks to the model, or to a pipeline that does.</param>
    /// <param name="store">Where the conversations are kept; it is not disposed of with the client.</param>
    /// <param name="options">How they are kept; null for the defaults.</param>
    /// <exception cref="StateConfigurationException">An option is out of its range.</exception>
    public static PersistentChatClient WithState(this IChatClient client, AgentStateStore store, PersistentChatOptions? options = null)
        => new(client, store, options);
}
