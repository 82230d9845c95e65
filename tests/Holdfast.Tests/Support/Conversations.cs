using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Support;

/// <summary>Short ways to make and to read conversations.</summary>
internal static class Conversations
{
    public static async Task<List<string>> TextsAsync(this MessageHistory history)
    {
        var texts = new List<string>();
        await foreach (var message in history)
        {
            texts.Add(message.Text);
        }

        return texts;
    }

    public static IEnumerable<string> Texts(this IEnumerable<ChatMessage> messages) => messages.Select(message => message.Text);

    public static void Say(this ThreadSession session, params IEnumerable<string> texts)
        => session.History.AddRange(texts.Select(text => new ChatMessage(ChatRole.User, text)));

    public static ChatMessage Call(params IEnumerable<string> ids)
        => new(ChatRole.Assistant, [.. ids.Select(id => new FunctionCallContent(id, "tool", new Dictionary<string, object?> { ["x"] = id }))]);

    public static ChatMessage Result(params IEnumerable<string> ids)
        => new(ChatRole.Tool, [.. ids.Select(id => new FunctionResultContent(id, "done " + id))]);

    /// <summary>A name for each message that tells what it is: its text, or <c>call a</c>, or <c>result a</c>.</summary>
    public static IEnumerable<string> Names(this IEnumerable<ChatMessage> messages) => messages.Select(message => string.Join(" ", message.Contents.Select(NameOf)));

    private static string NameOf(AIContent content) => content switch
    {
        FunctionCallContent call => "call " + call.CallId,
        FunctionResultContent result => "result " + result.CallId,
        _ => content.ToString() ?? "",
    };
}
