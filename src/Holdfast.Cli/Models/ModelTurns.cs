using Holdfast.Cli.Chat;
using Microsoft.Extensions.AI;
using Spectre.Console;

namespace Holdfast.Cli.Models;

/// <summary>The turns of a real model. The reply is streamed, so that a part of it is kept if it is cut short; it is shown when it is durable.</summary>
internal sealed class ModelTurns(IChatClient client, ModelChoice model, UnansweredLine unanswered, ThreadId thread, string? instructions, ToolHost host) : IAssistant
{
    public string Introduction => $"You talk with {model}{(model.Endpoint is { } endpoint ? $" at {endpoint.GetLeftPart(UriPartial.Path)}" : "")}.";

    public Task<string> ReplyAsync(string said)
        => host.IsInteractive && host.Error.Profile.Capabilities.Interactive
            ? host.Error.Status().StartAsync("thinking…", _ => AskAsync(said))
            : AskAsync(said);

    private async Task<string> AskAsync(string said)
    {
        var id = await unanswered.IdOfAsync(said);
        var message = new ChatMessage(ChatRole.User, said) { MessageId = id, CreatedAt = host.Time.GetUtcNow() };
        var options = new ChatOptions { ConversationId = thread.Value, Instructions = instructions };

        // Without a token: a signal ends the model's part only, see GuardedChatClient.
        var response = await client.GetStreamingResponseAsync([message], options, CancellationToken.None).ToChatResponseAsync(CancellationToken.None);
        unanswered.Answered();
        return response.Text;
    }
}
