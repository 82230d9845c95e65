using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>The tool calls of a conversation that have no result yet, in their order, so that nobody has to search for them. Immutable.</summary>
internal sealed class OpenCalls(IReadOnlyList<OpenCall> calls)
{
    public static readonly OpenCalls None = new([]);

    public IReadOnlyList<OpenCall> Calls => calls;

    /// <summary>What is open after the messages of a version.</summary>
    public OpenCalls After(long version, IReadOnlyList<StoredMessage> messages)
    {
        List<OpenCall>? open = null;
        for (var i = 0; i < messages.Count; i++)
        {
            if (messages[i].Json.Span.IndexOf("\"callId\""u8) < 0)
            {
                continue;
            }

            open ??= [.. calls];
            foreach (var content in messages[i].ToChatMessage().Contents)
            {
                Add(open, content, version, i);
            }
        }

        return open is null ? this : open.Count == 0 ? None : new(open);
    }

    /// <summary>The open calls whose messages are visible.</summary>
    /// <param name="shows">Whether the message at a place of a version is visible.</param>
    public OpenCalls Among(Func<long, int, bool> shows)
        => calls.All(call => shows(call.Version, call.Index)) ? this : new([.. calls.Where(call => shows(call.Version, call.Index))]);

    private static void Add(List<OpenCall> open, AIContent content, long version, int index)
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
