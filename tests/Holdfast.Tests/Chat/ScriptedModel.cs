using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Chat;

/// <summary>A model that replies as the test says, and remembers what it was sent.</summary>
internal sealed class ScriptedModel(Func<IReadOnlyList<ChatMessage>, ChatResponse> reply) : IChatClient
{
    public ScriptedModel(string text)
        : this(_ => new(new ChatMessage(ChatRole.Assistant, text)))
    {
    }

    public List<IReadOnlyList<ChatMessage>> Received { get; } = [];

    public List<ChatOptions?> Options { get; } = [];

    /// <summary>Runs before each update of a stream; the argument is how many came before it.</summary>
    public Action<int> BeforeUpdate { get; init; } = _ => { };

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        => Task.FromResult(Reply(messages, options));

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        var sent = 0;
        var response = Reply(messages, options);
        foreach (var message in response.Messages)
        {
            foreach (var word in message.Text.Split(' '))
            {
                BeforeUpdate(sent++);
                cancellationToken.ThrowIfCancellationRequested();
                yield return new(message.Role, word + " ") { MessageId = "m", ResponseId = response.ResponseId, ModelId = response.ModelId };
            }
        }

        if (response.Usage is { } usage)
        {
            yield return new(ChatRole.Assistant, [new UsageContent(usage)]) { MessageId = "m", FinishReason = response.FinishReason };
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose()
    {
    }

    private ChatResponse Reply(IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        List<ChatMessage> received = [.. messages];
        lock (Received)
        {
            Received.Add(received);
            Options.Add(options);
        }

        return reply(received);
    }
}
