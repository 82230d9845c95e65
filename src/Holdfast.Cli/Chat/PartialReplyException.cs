using Microsoft.Extensions.AI;

namespace Holdfast.Cli.Chat;

/// <summary>A model was cut off while it talked; what had arrived is here.</summary>
internal sealed class PartialReplyException : Exception
{
    public PartialReplyException(ChatResponse arrived, Exception innerException)
        : base(innerException.Message, innerException) => Arrived = [.. arrived.Messages.Select(Marked).OfType<ChatMessage>()];

    /// <summary>The messages, marked as cut short. Calls are not among them: the arguments of one may be incomplete.</summary>
    public IReadOnlyList<ChatMessage> Arrived { get; }

    public static bool IsPartial(ChatMessage message) => message.AdditionalProperties?.ContainsKey(PersistentChatClient.PartialProperty) is true;

    private static ChatMessage? Marked(ChatMessage message)
    {
        var marked = message.Clone();
        marked.Contents = [.. message.Contents.Where(content => content is not FunctionCallContent)];
        marked.AdditionalProperties = new(message.AdditionalProperties ?? []) { [PersistentChatClient.PartialProperty] = true };
        return marked.Contents.Count > 0 ? marked : null;
    }
}
