using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace AgentFramework;

/// <summary>Stands for a model: it knows a name that was told, and refunds what it is asked to.</summary>
internal sealed class ScriptedModel : IChatClient
{
    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        List<ChatMessage> conversation = [.. messages];
        var name = conversation.Where(message => message.Role == ChatRole.User).Select(message => message.Text).LastOrDefault(text => text.StartsWith("My name is ", StringComparison.Ordinal));
        AIContent reply = conversation[^1] switch
        {
            { Role: var role } last when role == ChatRole.Tool => new TextContent($"It is done: {last.Contents.OfType<FunctionResultContent>().Last().Result}."),
            { Text: ['R', 'e', 'f', 'u', 'n', 'd', ' ', .. var amount] } => new FunctionCallContent($"call_{Guid.NewGuid():N}", "refund", new Dictionary<string, object?> { ["amount"] = decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture) }),
            { Text: "What is my name?" } => new TextContent(name is null ? "I do not know." : $"Your name is {name["My name is ".Length..]}."),
            _ => new TextContent("Hello!"),
        };
        return Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, [reply])));
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
