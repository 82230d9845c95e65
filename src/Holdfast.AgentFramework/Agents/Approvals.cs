using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>Requests for approval and their answers, which a turn knows by itself, and what stands for the result of a call that waits for them.</summary>
internal static class Approvals
{
    public static object Pending { get; } = new PendingResult();

    public static bool IsOne(AIContent content) => content is
        ToolApprovalRequestContent { ToolCall: FunctionCallContent }
        or ToolApprovalResponseContent { ToolCall: FunctionCallContent }
        or FunctionResultContent { Result: PendingResult };

    public static IReadOnlyList<ChatMessage> Without(IEnumerable<ChatMessage> messages)
    {
        var kept = new List<ChatMessage>();
        foreach (var message in messages)
        {
            var contents = message.Contents.Where(content => !IsOne(content)).ToList();
            if (contents.Count == message.Contents.Count)
            {
                kept.Add(message);
            }
            else if (contents.Count > 0)
            {
                var copy = message.Clone();
                copy.Contents = contents;
                kept.Add(copy);
            }
        }

        return kept;
    }

    private sealed class PendingResult;
}
