using Microsoft.Extensions.AI;

namespace Holdfast;

public sealed partial record AgentState
{
    /// <summary>A copy with one more message at the end.</summary>
    /// <exception cref="InvalidStateValueException">Part of the message cannot be JSON.</exception>
    public AgentState AddMessage(ChatMessage message) => this with { Messages = _messages.Append(message) };

    /// <summary>A copy with one more message of text at the end.</summary>
    public AgentState AddMessage(ChatRole role, string text) => AddMessage(new ChatMessage(role, text));
}
