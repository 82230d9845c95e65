using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;

namespace Holdfast.Cli.Models;

/// <summary>A chat client over the official OpenAI SDK: text, images and function calls, at once or as a stream.</summary>
internal sealed class OpenAIChatClient(OpenAIClient client, string model, Uri? endpoint = null) : IChatClient
{
    private readonly ChatClientMetadata _metadata = new("openai", endpoint, model);

    public async Task<ChatResponse> GetResponseAsync(
        IEnumerable<Microsoft.Extensions.AI.ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var result = await ClientFor(options).CompleteChatAsync(OpenAIMessages.Of(messages, options), OpenAIOptions.Of(options), cancellationToken);
        return OpenAIResponses.Of(result.Value);
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<Microsoft.Extensions.AI.ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var calls = new StreamedCalls();
        var stream = ClientFor(options).CompleteChatStreamingAsync(OpenAIMessages.Of(messages, options), OpenAIOptions.Of(options), cancellationToken);
        await foreach (var part in stream)
        {
            foreach (var call in part.ToolCallUpdates)
            {
                calls.Add(call);
            }

            var update = OpenAIResponses.Of(part);
            if (part.FinishReason is not null)
            {
                calls.MoveTo(update.Contents);
            }

            yield return update;
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(ChatClientMetadata) ? _metadata
            : serviceType == typeof(OpenAIClient) ? client
            : serviceType.IsInstanceOfType(this) ? this : null;
    }

    public void Dispose()
    {
        // The SDK's client has nothing to dispose of.
    }

    private ChatClient ClientFor(ChatOptions? options) => client.GetChatClient(options?.ModelId ?? model);
}
