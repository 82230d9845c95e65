using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace Holdfast.Chat.Tests.Support;

/// <summary>A model that asks for the weather of some cities, one after the other, and begins to count its calls anew in each reply. It checks what it is sent as the strictest provider does.</summary>
internal sealed class CountingModel(int cities) : IChatClient
{
    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        List<ChatMessage> sent = [.. messages];
        if (ProviderRules.Violation(sent) is { } violation)
        {
            throw new InvalidOperationException("400: " + violation);
        }

        var results = sent.SelectMany(message => message.Contents).OfType<FunctionResultContent>().Select(result => result.Result!.ToString()).ToList();
        AIContent content = results.Count < cities
            ? new FunctionCallContent("call_0", "weather", new Dictionary<string, object?> { ["city"] = $"city {results.Count + 1}" })
            : new TextContent(string.Join(", ", results));
        return Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, [content])));
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var update in (await GetResponseAsync(messages, options, cancellationToken)).ToChatResponseUpdates())
        {
            yield return update;
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose()
    {
    }
}
