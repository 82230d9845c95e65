using Microsoft.Extensions.AI;

namespace Holdfast.Chat.Tests.Support;

/// <summary>What the strictest provider demands of the messages that it is sent.</summary>
internal static class ProviderRules
{
    /// <summary>The first thing that is wrong with a conversation; null if nothing is.</summary>
    public static string? Violation(IReadOnlyList<ChatMessage> messages)
    {
        var open = new List<string>();
        var calls = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < messages.Count; i++)
        {
            var message = messages[i];
            if (message.Contents.Count == 0 || message.Contents.All(content => content is TextContent { Text.Length: 0 }))
            {
                return $"message {i} is empty";
            }

            if (message.Contents.Any(content => content is InputRequestContent or InputResponseContent))
            {
                return $"message {i} is about an approval";
            }

            var results = message.Contents.OfType<FunctionResultContent>().Select(result => result.CallId).ToList();
            if (open.Count > 0 && (message.Role != ChatRole.Tool || results.Count < message.Contents.Count))
            {
                return $"message {i} comes before the result of {string.Join(", ", open)}";
            }

            if (results.Find(id => !open.Remove(id)) is { } orphan)
            {
                return $"message {i} has the result of {orphan}, which is not a call of the message before";
            }

            foreach (var call in message.Contents.OfType<FunctionCallContent>())
            {
                if (message.Role != ChatRole.Assistant || !calls.Add(call.CallId))
                {
                    return $"message {i} has the call {call.CallId} twice, or not by the assistant";
                }

                open.Add(call.CallId);
            }
        }

        return open.Count > 0 ? $"the result of {string.Join(", ", open)} is missing" : null;
    }
}
