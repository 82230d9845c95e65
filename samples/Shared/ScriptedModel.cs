using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace Samples;

/// <summary>Stands for a model, so that the samples run without one. Its script is told the conversation, and the options of the call, and says the next reply.</summary>
internal sealed class ScriptedModel(Func<IReadOnlyList<ChatMessage>, ChatOptions, AIContent> script) : IChatClient
{
    /// <summary>The reply that calls a function.</summary>
    public static FunctionCallContent Call(string name, params (string Name, object? Value)[] arguments)
        => new($"call_{Guid.NewGuid():N}", name, arguments.ToDictionary(argument => argument.Name, argument => argument.Value));

    /// <summary>The reply that says something.</summary>
    public static TextContent Say(string text) => new(text);

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        => Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, [script([.. messages], options ?? new())])));

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
