using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace ChatApi;

/// <summary>Stands for a model: it says how much of the conversation it was sent.</summary>
internal sealed class CountingModel : IChatClient
{
    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var said = messages.Where(message => message.Role == ChatRole.User).Select(message => message.Text).ToList();
        return Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, $"You said {said.Count} things, first: {said[0]}")));
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
