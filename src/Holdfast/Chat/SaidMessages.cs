using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>
/// Finds what is new among the messages that a caller passes. Many callers pass the whole conversation each time, repeat a call that failed, or pass what a
/// client above has handled already. The rules are in <c>docs/chat.md</c>.
/// </summary>
internal static class SaidMessages
{
    private const int Slack = 50;
    private const int Most = 10_000;

    /// <summary>Whether a message is sent to the model, but is no part of the conversation.</summary>
    public static bool IsInstruction(ChatMessage message) => message.Role == ChatRole.System;

    /// <summary>How many of the last messages of a thread have to be known to tell what is new.</summary>
    public static int Needed(IReadOnlyList<ChatMessage> said, PersistentChatOptions options)
    {
        // A caller's list that has replies may be the whole conversation; the thread may have some messages more.
        var compared = options.RecognizeRepeats && said.Any(message => message.Role == ChatRole.Assistant) ? said.Count : 0;
        return Math.Clamp(compared + Slack, options.HistoryWindow, Most);
    }

    /// <summary>The messages that are not in the thread yet, whole or in part.</summary>
    /// <param name="said">What the caller passes, without instructions.</param>
    /// <param name="stored">The last messages of the thread.</param>
    /// <param name="isCut">Whether the thread had messages before those, visible or not.</param>
    /// <param name="compare">Whether messages without ids are compared by what they say.</param>
    public static IReadOnlyList<ChatMessage> NewIn(IReadOnlyList<ChatMessage> said, IReadOnlyList<ChatMessage> stored, bool isCut, bool compare)
    {
        var known = new KnownMessages(stored);
        said = WithoutHandledApprovals(said, known);
        var isRepeat = compare ? Repeats.Find(said, stored, isCut) : new bool[said.Count];
        var added = new List<ChatMessage>();
        for (var i = 0; i < said.Count; i++)
        {
            if (!isRepeat[i] && known.NewIn(said[i]) is { } found)
            {
                known.Add(found);
                added.Add(found);
            }
        }

        return added;
    }

    // A client above that invokes functions has carried out what it marks. An answer to what this thread never asked is for nobody below.
    private static List<ChatMessage> WithoutHandledApprovals(IReadOnlyList<ChatMessage> said, KnownMessages stored)
    {
        var asked = said.SelectMany(message => message.Contents).Where(content => content is ToolApprovalRequestContent && !IsHandled(content))
            .Select(content => MessagePairs.AskedId(content)).ToHashSet(StringComparer.Ordinal);
        var kept = new List<ChatMessage>(said.Count);
        foreach (var message in said)
        {
            var contents = message.Contents.Where(content => !ModelView.IsApproval(content) || !(IsHandled(content) || IsUnasked(content))).ToList();
            if (contents.Count == message.Contents.Count)
            {
                kept.Add(message);
            }
            else if (contents.Count > 0)
            {
                kept.Add(KnownMessages.With(message, contents));
            }
        }

        return kept;

        bool IsUnasked(AIContent content) => MessagePairs.AnsweredId(content) is { } id && !asked.Contains(id) && !stored.IsAsked(id);
    }

    private static bool IsHandled(AIContent content) => content is
        ToolApprovalRequestContent { ToolCall: FunctionCallContent { InformationalOnly: true } }
        or ToolApprovalResponseContent { ToolCall: FunctionCallContent { InformationalOnly: true } };
}
