using Microsoft.Extensions.AI;

namespace Holdfast.Cli.Commands;

/// <summary>The end of a conversation.</summary>
internal static class LastMessages
{
    /// <summary>The last messages; more of them where the first would be a tool's result without its call.</summary>
    public static IReadOnlyList<ChatMessage> Of(IReadOnlyList<ChatMessage> messages, int count)
    {
        var wanted = new HashSet<string>(StringComparer.Ordinal);
        var first = messages.Count;
        while (first > 0 && (messages.Count - first < count || wanted.Count > 0))
        {
            first--;
            foreach (var content in messages[first].Contents.Reverse())
            {
                _ = content switch
                {
                    FunctionResultContent result => wanted.Add(result.CallId),
                    FunctionCallContent call => wanted.Remove(call.CallId),
                    _ => false,
                };
            }
        }

        // A result whose call is nowhere would take everything.
        return [.. messages.Skip(wanted.Count > 0 ? messages.Count - count : first)];
    }
}
