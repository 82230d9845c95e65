using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>
/// Brings a conversation into the form that model providers accept: each tool call is directly followed by its results. A crash between call and
/// result, or two turns that interleave, leave others behind; what is stored is not changed.
/// </summary>
internal static class ToolCallRepair
{
    private const string Interrupted = "The call was interrupted; whether it took effect is not known.";

    public static IReadOnlyList<ChatMessage> Apply(IReadOnlyList<ChatMessage> messages)
    {
        if (IsSound(messages))
        {
            return messages;
        }

        var results = new Dictionary<string, FunctionResultContent>(StringComparer.Ordinal);
        foreach (var result in messages.SelectMany(message => message.Contents).OfType<FunctionResultContent>())
        {
            results.TryAdd(result.CallId, result);
        }

        var repaired = new List<ChatMessage>(messages.Count);
        foreach (var message in messages)
        {
            // Results are placed behind their calls below; one whose call is not there is left out.
            if (message.Contents.Any(content => content is FunctionResultContent))
            {
                message.Contents = [.. message.Contents.Where(content => content is not FunctionResultContent)];
                if (message.Contents.Count == 0)
                {
                    continue;
                }
            }

            repaired.Add(message);
            var answers = CallsOf(message).Select(id => results.GetValueOrDefault(id) ?? new FunctionResultContent(id, Interrupted)).ToList<AIContent>();
            if (answers.Count > 0)
            {
                repaired.Add(new(ChatRole.Tool, answers));
            }
        }

        return repaired;
    }

    private static bool IsSound(IReadOnlyList<ChatMessage> messages)
    {
        var open = new HashSet<string>(StringComparer.Ordinal);
        foreach (var message in messages)
        {
            var results = message.Contents.OfType<FunctionResultContent>().ToList();
            if ((open.Count > 0 && results.Count < message.Contents.Count) || results.Exists(result => !open.Remove(result.CallId)))
            {
                return false;
            }

            open.UnionWith(CallsOf(message));
        }

        return open.Count == 0;
    }

    // Calls that the provider itself carried out need no answer of ours.
    private static IEnumerable<string> CallsOf(ChatMessage message)
        => message.Contents.OfType<FunctionCallContent>().Where(call => !call.InformationalOnly).Select(call => call.CallId);
}
