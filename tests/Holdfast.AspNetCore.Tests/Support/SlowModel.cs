using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.AI;

namespace Holdfast.AspNetCore.Tests.Support;

/// <summary>A model that says what the test lets it say, a word at a time, and counts how often it is called.</summary>
internal sealed class SlowModel : IChatClient
{
    private readonly Channel<string> _words = Channel.CreateUnbounded<string>();

    public int Calls { get; private set; }

    public Exception? Error { get; set; }

    public void Say(params string[] words)
    {
        foreach (var word in words)
        {
            _words.Writer.TryWrite(word);
        }
    }

    /// <summary>The reply that is under way is complete.</summary>
    public void Stop() => Say("");

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        => GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Calls++;
        while (await _words.Reader.ReadAsync(cancellationToken) is { Length: > 0 } word)
        {
            yield return word == "!" ? throw Error! : new(ChatRole.Assistant, word);
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose()
    {
    }
}
