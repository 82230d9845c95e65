using Holdfast;
using Microsoft.Extensions.AI;

namespace HoldfastApp._1;

/// <summary>The agent: what it is told to be, and what it can do.</summary>
public sealed class ChatAgent(IChatClient chat)
{
    private const string Instructions = "You are a helpful assistant. When the user asks you to remember something, call 'remember'; call 'recall' to see what you kept.";

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

    /// <summary>Says something in a conversation, and returns the reply. The conversation so far comes from the store.</summary>
    /// <param name="thread">The conversation.</param>
    /// <param name="text">What is said.</param>
    /// <param name="key">What is said with a key that was used before is not said again: the recorded reply is returned. Null for no key.</param>
    /// <param name="cancellationToken">Cancels the turn.</param>
    public async Task<string> SayAsync(string thread, string text, string? key = null, CancellationToken cancellationToken = default)
    {
        var options = new ChatOptions { ConversationId = thread, Instructions = Instructions, Tools = [Remember, Recall] };
        if (key is not null)
        {
            options.AdditionalProperties = new() { [PersistentChatClient.KeyProperty] = key };
        }

        return (await chat.GetResponseAsync(text, options, cancellationToken)).Text;
    }
}
