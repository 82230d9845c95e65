using Microsoft.Extensions.AI;

namespace Holdfast.Cli.Chat;

/// <summary>The offline assistant in the place of a model. What it changes becomes durable with its reply.</summary>
internal sealed class ScriptedModel : IChatClient
{
    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        => Task.FromResult(new ChatResponse(ScriptedAssistant.Respond(Turn.Current!.Session, [.. messages])));

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        => new ChatResponse(ScriptedAssistant.Respond(Turn.Current!.Session, [.. messages])).ToChatResponseUpdates().ToAsyncEnumerable();

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceKey is null && serviceType.IsInstanceOfType(this) ? this : null;

    public void Dispose()
    {
        // Nothing is held.
    }
}
