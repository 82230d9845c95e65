using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace Holdfast.Chat.Tests.Support;

/// <summary>
/// A model that replies by what it is told last, and refuses, as the strictest provider does, a conversation that is not in order. To "weather" it calls one
/// function, to "compare" two at once, to "delete" one that needs approval; with the results it says "done", to everything else "ok".
/// </summary>
internal sealed class StrictModel : IChatClient
{
    private readonly Lock _lock = new();

    /// <summary>What it was sent, each time.</summary>
    public List<IReadOnlyList<ChatMessage>> Received { get; } = [];

    public List<ChatOptions?> Options { get; } = [];

    /// <summary>What was wrong with what it was sent.</summary>
    public List<string> Violations { get; } = [];

    /// <summary>Runs before it replies; may fail.</summary>
    public Action<IReadOnlyList<ChatMessage>> BeforeReply { get; set; } = _ => { };

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        => Task.FromResult(Reply([.. messages], options));

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        foreach (var update in Reply([.. messages], options).ToChatResponseUpdates())
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return update;
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose()
    {
    }

    private static FunctionCallContent Call(string name, string city)
        => new($"call_{Guid.NewGuid():N}", name, new Dictionary<string, object?> { ["city"] = city });

    private static IList<AIContent> ContentsFor(ChatMessage last) => (last.Role == ChatRole.Tool, last.Text) switch
    {
        (true, _) => [new TextContent("done")],
        (_, var text) when text.Contains("weather", StringComparison.Ordinal) => [Call("weather", "Paris")],
        (_, var text) when text.Contains("compare", StringComparison.Ordinal) => [Call("weather", "Paris"), Call("weather", "Rome")],
        (_, var text) when text.Contains("delete all three", StringComparison.Ordinal) => [Call("delete", "Paris"), Call("delete", "Rome"), Call("delete", "Oslo")],
        (_, var text) when text.Contains("delete both", StringComparison.Ordinal) => [Call("delete", "Paris"), Call("delete", "Rome")],
        (_, var text) when text.Contains("delete", StringComparison.Ordinal) => [Call("delete", "Paris")],
        _ => [new TextContent("ok")],
    };

    private ChatResponse Reply(IReadOnlyList<ChatMessage> messages, ChatOptions? options)
    {
        lock (_lock)
        {
            Received.Add(messages);
            Options.Add(options);
            if (ProviderRules.Violation(messages) is { } violation)
            {
                Violations.Add(violation + ": " + Transcript.Of(messages));
                throw new InvalidOperationException("400: " + Violations[^1]);
            }
        }

        BeforeReply(messages);
        return new(new ChatMessage(ChatRole.Assistant, ContentsFor(messages[^1])) { MessageId = $"msg_{Guid.NewGuid():N}" })
        {
            ResponseId = $"resp_{Guid.NewGuid():N}",
            ModelId = "strict-1",
            FinishReason = messages[^1].Role == ChatRole.Tool ? ChatFinishReason.Stop : null,
            Usage = new() { InputTokenCount = 10, OutputTokenCount = 2, TotalTokenCount = 12 },
        };
    }
}
