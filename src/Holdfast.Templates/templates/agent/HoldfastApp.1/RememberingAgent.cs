using Holdfast;
using Microsoft.Extensions.AI;

namespace HoldfastApp._1;

/// <summary>The agent: what it is told to be, and what it can do.</summary>
public sealed class RememberingAgent(IChatClient chat)
{
    private const string Instructions = "You are a helpful assistant. When the user asks you to remember something, call 'remember'; call 'recall' to see what you kept.";

    // What a function sets is stored in one commit with its result: both are there, or neither, whenever the process dies.
    private static readonly AIFunction Remember = DurableFunction.Create(
        (string note, ToolContext tool) =>
        {
            tool.Variables.Append("notes", note);
            return $"I will remember: {note}";
        },
        new() { Name = "remember", Description = "Keeps a note." });

    private static readonly AIFunction Recall = DurableFunction.Create(
        (ToolContext tool) => tool.Variables.Get<string[]>("notes") is { Length: > 0 } notes ? $"I remember: {string.Join("; ", notes)}" : "There are no notes yet.",
        new() { Name = "recall", Description = "Gives all notes that were kept." });

    /// <summary>Says something in a conversation, and returns the reply. The conversation so far comes from the store.</summary>
    public async Task<string> SayAsync(string thread, string text, CancellationToken cancellationToken = default)
    {
        var options = new ChatOptions { ConversationId = thread, Instructions = Instructions, Tools = [Remember, Recall] };
        return (await chat.GetResponseAsync(text, options, cancellationToken)).Text;
    }
}
