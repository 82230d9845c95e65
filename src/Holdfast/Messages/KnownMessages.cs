using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>Recognizes messages by their ids: those of messages, of calls, and of requests.</summary>
internal sealed class KnownMessages
{
    private readonly Dictionary<string, ChatMessage> _messages = new(StringComparer.Ordinal);
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AIContent> _answered = new(StringComparer.Ordinal);

    public KnownMessages(IEnumerable<ChatMessage> messages)
    {
        foreach (var message in messages)
        {
            Add(message);
        }
    }

    public void Add(ChatMessage message)
    {
        if (message.MessageId is { } id)
        {
            _messages.TryAdd(id, message);
        }

        foreach (var content in message.Contents)
        {
            if (MessagePairs.AskedId(content) is { } asked)
            {
                // Some models count their calls from the beginning in each reply: a call that is made again is open again.
                _asked.Add(asked);
                _answered.Remove(asked);
            }
            else if (MessagePairs.AnsweredId(content) is { } answered)
            {
                _answered[answered] = content;
            }
        }
    }

    /// <summary>Whether there was such a call or request.</summary>
    public bool IsAsked(string id) => _asked.Contains(id);

    /// <summary>What of a message is new: all of it (the same object), some of its contents, or nothing (null).</summary>
    public ChatMessage? NewIn(ChatMessage message)
    {
        var contents = message.Contents.Where(IsNew).ToList();
        if (message.Contents.Any(HasId))
        {
            // The ids of calls say more than that of the message, which clients that invoke functions may use for several.
            return contents.Count == message.Contents.Count ? message : contents.Exists(HasId) ? With(message, contents) : null;
        }

        return message.MessageId is { } id && _messages.TryGetValue(id, out var known) && IsSame(message, known) ? null : message;
    }

    public static ChatMessage With(ChatMessage message, IList<AIContent> contents)
    {
        var copy = message.Clone();
        copy.Contents = contents;
        return copy;
    }

    private static bool HasId(AIContent content) => (MessagePairs.AskedId(content) ?? MessagePairs.AnsweredId(content)) is not null;

    private bool IsNew(AIContent content)
    {
        if (MessagePairs.AskedId(content) is { } asked)
        {
            return !_asked.Contains(asked);
        }

        return MessagePairs.AnsweredId(content) is not { } answered
            || !_answered.TryGetValue(answered, out var known)
            || (content, known) is (ToolApprovalResponseContent mine, ToolApprovalResponseContent theirs) && !IsSameAnswer(mine, theirs);
    }

    // Not every server gives each reply an id of its own.
    private static bool IsSame(ChatMessage message, ChatMessage known)
        => message.Role == known.Role && (message.Role == ChatRole.User || message.Text == known.Text);

    // A person may answer otherwise once the first answer came to nothing.
    private static bool IsSameAnswer(ToolApprovalResponseContent one, ToolApprovalResponseContent other)
        => one.Approved == other.Approved && ArgumentsOf(one) == ArgumentsOf(other);

    private static string? ArgumentsOf(ToolApprovalResponseContent answer) => answer.ToolCall is FunctionCallContent { Arguments: { } arguments }
        ? JsonSerializer.Serialize(arguments, MessageCodec.Options.GetTypeInfo(typeof(IDictionary<string, object?>)))
        : null;
}
