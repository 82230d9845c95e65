using Holdfast.Cli.Chat;
using Microsoft.Extensions.AI;
using Spectre.Console;

namespace Holdfast.Cli.Models;

/// <summary>Asks a model for a stream where a whole reply is wanted, so that a part of it is kept if it is cut short.</summary>
internal sealed class StreamedChatClient(IChatClient innerClient, ToolHost host) : DelegatingChatClient(innerClient)
{
    /// <exception cref="PartialReplyException">The reply was cut short.</exception>
    public override Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        => host.IsInteractive && host.Error.Profile.Capabilities.Interactive
            ? host.Error.Status().StartAsync("thinking…", _ => AskAsync(messages, options, cancellationToken))
            : AskAsync(messages, options, cancellationToken);

    private async Task<ChatResponse> AskAsync(IEnumerable<ChatMessage> messages, ChatOptions? options, CancellationToken cancellationToken)
    {
        var arrived = new List<ChatResponseUpdate>();
        try
        {
            await foreach (var update in GetStreamingResponseAsync(messages, options, cancellationToken))
            {
                arrived.Add(update);
            }
        }
        catch (Exception e) when (arrived.Count > 0)
        {
            throw new PartialReplyException(arrived.ToChatResponse(), e);
        }

        return arrived.ToChatResponse();
    }
}
