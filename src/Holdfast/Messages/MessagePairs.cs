using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>
/// Follows, from newer to older messages, which results still miss the call that they answer. Model providers refuse a conversation that
/// has a result without its call, so no cut may part them.
/// </summary>
/// <param name="orphans">Results whose calls need not be looked for.</param>
internal sealed class MessagePairs(IReadOnlyCollection<string>? orphans = null)
{
    /// <summary>How many messages further back a call is looked for; one that is not there is nowhere.</summary>
    public const int Farthest = 256;

    private readonly HashSet<string> _missing = new(StringComparer.Ordinal);

    /// <summary>Whether a conversation may begin with the last message that was added.</summary>
    public bool IsWhole => _missing.Count == 0;

    /// <summary>The results whose calls were not met yet.</summary>
    public IReadOnlyCollection<string> Orphans => _missing;

    /// <summary>Adds the message before those that were added so far.</summary>
    public void Add(StoredMessage message)
    {
        var json = message.Json.Span;
        if (json.IndexOf("\"callId\""u8) < 0 && json.IndexOf("\"requestId\""u8) < 0)
        {
            return;
        }

        var contents = message.ToChatMessage().Contents;
        foreach (var id in contents.Select(AnsweredId).OfType<string>().Where(id => orphans?.Contains(id) is not true))
        {
            _missing.Add(id);
        }

        foreach (var id in contents.Select(AskedId).OfType<string>())
        {
            _missing.Remove(id);
        }
    }

    /// <summary>What a content asks for: a tool's result, or a person's answer.</summary>
    public static string? AskedId(AIContent content) => content switch
    {
        ToolCallContent call => "call:" + call.CallId,
        InputRequestContent request => "request:" + request.RequestId,
        _ => null,
    };

    /// <summary>What a content answers.</summary>
    public static string? AnsweredId(AIContent content) => content switch
    {
        ToolResultContent result => "call:" + result.CallId,
        InputResponseContent response => "request:" + response.RequestId,
        _ => null,
    };
}
