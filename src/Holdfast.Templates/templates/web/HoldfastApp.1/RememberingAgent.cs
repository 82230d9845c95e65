using Holdfast;
using Microsoft.Extensions.AI;

namespace HoldfastApp._1;

/// <summary>The agent: what it is told to be, and what it can do.</summary>
public sealed class RememberingAgent(IChatClient chat)
{
    // What belongs to the user is there in all of the user's conversations, and in nobody else's.
    private static readonly AIFunction Remember = DurableFunction.Create(
        (string note, ToolContext tool) =>
        {
            tool.User.Append("notes", note);
            return $"I will remember: {note}";
        },
        new() { Name = "remember", Description = "Keeps a note about the user." });

    private static readonly AIFunction Recall = DurableFunction.Create(
        (ToolContext tool) => tool.User.Get<string[]>("notes") is { Length: > 0 } notes ? $"I remember: {string.Join("; ", notes)}" : "There are no notes yet.",
        new() { Name = "recall", Description = "Gives all notes about the user." });

    private static readonly ChatOptions Options = new()
    {
        Instructions = "You are a helpful assistant. When the user asks you to remember something, call 'remember'; call 'recall' to see what you kept.",
        Tools = [Remember, Recall],
    };

    /// <summary>Says something in the conversation of a request, and returns the reply. The conversation so far comes from the store.</summary>
    public async Task<string> SayAsync(ThreadRequest request, string text, CancellationToken cancellationToken)
        => (await chat.GetResponseAsync(text, request.ToChatOptions(Options), cancellationToken)).Text;

    /// <summary>The same, with the reply as server-sent events. It is made and stored whether anybody listens or not.</summary>
    public Task<IResult> StreamAsync(ThreadRequest request, string text, CancellationToken cancellationToken)
        => request.StreamChatAsync(chat, text, new() { Chat = Options }, cancellationToken);
}
