using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace WebChat;

/// <summary>Stands for a model: it says, word by word, how much of the conversation it was sent.</summary>
internal sealed class ScriptedModel : IChatClient
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(40);

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var said = messages.Where(message => message.Role == ChatRole.User).Select(message => message.Text).ToList();
        var id = Guid.NewGuid().ToString("N");
        foreach (var word in $"You said {said.Count} things. The first was: {said[0]}".Split(' '))
        {
            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
            yield return new(ChatRole.Assistant, word + " ") { MessageId = id };
        }
    }

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        => GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose()
    {
    }
}
