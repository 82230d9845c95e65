using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>Replies of turns, as callers get them: copies, since clients above mark what they have carried out.</summary>
internal static class TurnReplies
{
    /// <summary>A copy that says that it was recorded before.</summary>
    public static ChatMessage Replayed(ChatMessage message, bool isInformational = false)
    {
        var copy = CallCopies.CopyOf(message, isInformational);
        copy.AdditionalProperties = message.AdditionalProperties is { } properties ? new(properties) : [];
        copy.AdditionalProperties[PersistentChatClient.ReplayedProperty] = true;
        return copy;
    }

    /// <summary>The recorded messages that have some of the calls, with just those.</summary>
    public static ChatResponse OpenCalls(Turn turn, IReadOnlyList<FunctionCallContent> calls)
    {
        var messages = turn.Reply.Where(message => message.Contents.Any(calls.Contains)).Select(message =>
        {
            var copy = message.Clone();
            copy.Contents = [.. message.Contents.Where(calls.Contains)];
            return Replayed(copy);
        });
        return With(turn, [.. messages]);
    }

    /// <summary>All that an ended turn replied; its calls were carried out.</summary>
    public static ChatResponse Ended(Turn turn)
    {
        var response = With(turn, [.. turn.Reply.Select(message => Replayed(message, isInformational: true))]);
        response.Usage = turn.Usage;
        return response;
    }

    /// <summary>What a turn that waits asks the caller.</summary>
    public static ChatResponse Waiting(Turn turn, bool isUser)
    {
        var requests = turn.Interrupts.Where(asked => asked.Thread == turn.Session.Id && !(isUser && asked.Audience is not null)).Select(ApprovalContents.RequestOf).OfType<AIContent>().ToList();
        return With(turn, requests.Count > 0 ? [Replayed(new(ChatRole.Assistant, requests))] : []);
    }

    public static ChatResponse With(Turn turn, IList<ChatMessage> messages) => new(messages) { ConversationId = turn.Session.Id.Value };
}
