using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>One call of a persistent chat client.</summary>
internal interface IChatCall
{
    string ThreadId { get; }

    /// <summary>What the model is sent: instructions, and the end of the conversation.</summary>
    IReadOnlyList<ChatMessage> ForModel { get; }

    ChatOptions? Options { get; }

    /// <summary>What is returned instead of asking the model; null if the model is to be asked.</summary>
    ChatResponse? Recorded { get; }

    /// <summary>Whether an update of a stream, and all after it, are held back until the reply is kept.</summary>
    bool Holds(ChatResponseUpdate update);

    /// <summary>Makes a complete reply durable.</summary>
    /// <returns>The reply as the caller gets it.</returns>
    ValueTask<IReadOnlyList<ChatMessage>> KeepAsync(ChatResponse reply);

    /// <summary>Makes what arrived of a stream durable.</summary>
    ValueTask KeepStreamAsync(List<ChatResponseUpdate> arrived, bool isComplete);

    /// <summary>An update that was held back, as the caller gets it once the reply is kept.</summary>
    ChatResponseUpdate Shown(ChatResponseUpdate update);
}
