using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>The tool calls of a conversation that have no result yet, in their order, so that nobody has to search for them. Immutable.</summary>
internal sealed class OpenCalls(IReadOnlyList<CallPlace> calls)
{
    public static readonly OpenCalls None = new([]);

    public IReadOnlyList<CallPlace> Calls => calls;

    /// <summary>What is open after the messages of a version.</summary>
    public OpenCalls After(long version, IReadOnlyList<StoredMessage> messages)
    {
        List<CallPlace>? open = null;
        for (var i = 0; i < messages.Count; i++)
        {
            if (HasCalls(messages[i]))
            {
                Add(open ??= [.. calls], messages[i], version, i);
            }
        }

        return open is null ? this : open.Count == 0 ? None : new(open);
    }

    /// <summary>What is open after messages that stand at places of versions.</summary>
    public static OpenCalls Of(IEnumerable<(StoredMessage Message, long Version, int Index)> messages)
    {
        var open = new List<CallPlace>();
        foreach (var (message, version, index) in messages.Where(located => HasCalls(located.Message)))
        {
            Add(open, message, version, index);
        }

        return open.Count == 0 ? None : new(open);
    }

    /// <summary>The open calls whose messages are visible.</summary>
    /// <param name="shows">Whether the message at a place of a version is visible.</param>
    public OpenCalls Among(Func<long, int, bool> shows)
        => calls.All(call => shows(call.Version, call.Index)) ? this : new([.. calls.Where(call => shows(call.Version, call.Index))]);

    private static bool HasCalls(StoredMessage message) => message.Json.Span.IndexOf("\"callId\""u8) >= 0;

    private static void Add(List<CallPlace> open, StoredMessage message, long version, int index)
    {
        foreach (var content in message.ToChatMessage().Contents)
        {
            Add(open, content, version, index);
        }
    }

    private static void Add(List<CallPlace> open, AIContent content, long version, int index)
    {
        switch (content)
        {
            case FunctionCallContent { InformationalOnly: true }:
                // Whoever made it has dealt with it.
                break;
            case ToolCallContent call:
                open.RemoveAll(other => other.Id == call.CallId);
                open.Add(new(call.CallId, (call as FunctionCallContent)?.Name, version, index));
                break;
            case ToolResultContent result:
                open.RemoveAll(other => other.Id == result.CallId);
                break;
        }
    }
}
