using Microsoft.Extensions.AI;

namespace Holdfast.Chat.Tests.Support;

/// <summary>Conversations as short texts, with calls by the order of their first mention: <c>user:weather | assistant:call 1 | tool:result 1</c>.</summary>
internal static class Transcript
{
    public static string Of(IEnumerable<ChatMessage> messages) => string.Join(" | ", Lines(messages));

    public static IReadOnlyList<string> Lines(IEnumerable<ChatMessage> messages)
    {
        var numbers = new Dictionary<string, int>(StringComparer.Ordinal);
        return [.. messages.Select(message => $"{message.Role}:" + string.Join("+", message.Contents.Select(content => content switch
        {
            FunctionCallContent call => $"call {Number(call.CallId)}",
            FunctionResultContent result => $"result {Number(result.CallId)}",
            ToolApprovalRequestContent request => $"asks {Number(request.ToolCall.CallId)}",
            ToolApprovalResponseContent answer => (answer.Approved ? "approves " : "refuses ") + Number(answer.ToolCall.CallId),
            TextContent text => text.Text,
            _ => content.GetType().Name,
        })))];

        int Number(string id) => numbers.TryGetValue(id, out var number) ? number : numbers[id] = numbers.Count + 1;
    }
}
