using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>Requests for approval and their answers, as Microsoft.Extensions.AI says them. A thread has the calls themselves, and interrupts.</summary>
internal static class ApprovalContents
{
    // As clients that invoke functions name their requests, so that applications find the calls in either.
    private const string Prefix = "ficc_";

    public static string RequestIdOf(string callId) => Prefix + callId;

    public static ToolApprovalRequestContent RequestOf(FunctionCallContent call) => new(RequestIdOf(call.CallId), call);

    /// <summary>The request that an interrupt is; null if it is about something else than a call.</summary>
    public static ToolApprovalRequestContent? RequestOf(Interrupt asked) => asked is { Kind: InterruptKinds.Approval, CallId: { } call, Tool: { } tool }
        ? RequestOf(new FunctionCallContent(call, tool, asked.Arguments is { ValueKind: JsonValueKind.Object } arguments
            ? arguments.EnumerateObject().ToDictionary(pair => pair.Name, pair => (object?)pair.Value, StringComparer.Ordinal)
            : null))
        : null;

    /// <summary>The answers that are given now: those after the last reply. What is before it is what was said so far.</summary>
    public static IReadOnlyList<ToolApprovalResponseContent> AnswersIn(IReadOnlyList<ChatMessage> messages)
    {
        var last = messages.Count - 1;
        while (last >= 0 && messages[last].Role != ChatRole.Assistant)
        {
            last--;
        }

        return [.. messages.Skip(last + 1).SelectMany(message => message.Contents).OfType<ToolApprovalResponseContent>().Where(answer => answer.ToolCall is FunctionCallContent)];
    }

    /// <summary>What is said besides approvals: a request is the call that it asks about.</summary>
    public static IReadOnlyList<ChatMessage> Without(IReadOnlyList<ChatMessage> messages)
    {
        var kept = new List<ChatMessage>(messages.Count);
        foreach (var message in messages)
        {
            if (!message.Contents.Any(ModelView.IsApproval))
            {
                kept.Add(message);
                continue;
            }

            var contents = message.Contents.Select(content => content switch
            {
                ToolApprovalRequestContent { ToolCall: FunctionCallContent call } => call,
                ToolApprovalResponseContent { ToolCall: FunctionCallContent } => null,
                _ => content,
            }).OfType<AIContent>().ToList();
            if (contents.Count > 0)
            {
                kept.Add(KnownMessages.With(message, contents));
            }
        }

        return kept;
    }
}
