using System.Runtime.CompilerServices;
using System.Text.Json;
using Holdfast.Logs;
using Microsoft.Extensions.AI;

namespace Holdfast.Worker;

/// <summary>Says one message in a chat with functions, and hangs in the function that the model calls.</summary>
internal static class ChatWorker
{
    /// <summary>Runs until it is killed in the function that the model calls.</summary>
    /// <param name="log">Where the chat is kept.</param>
    /// <param name="state"><c>below</c> or <c>above</c>: where the state stands as seen from the client that invokes functions; <c>durable</c>: below one that invokes them durably.</param>
    /// <param name="way"><c>plain</c> or <c>stream</c>.</param>
    /// <param name="json">The message.</param>
    public static async Task SayAsync(ICommitLog log, string state, string way, string json)
    {
        var store = new AgentStateStore(log);
        var model = new CallingModel();
        IChatClient client = state switch
        {
            "below" => new FunctionInvokingChatClient(model.WithState(store)),
            "above" => new FunctionInvokingChatClient(model).WithState(store),
            _ => model.AsBuilder().UseDurableFunctionInvocation().UseHoldfast(store).Build(),
        };
        var message = JsonSerializer.Deserialize<ChatMessage>(json, AIJsonUtilities.DefaultOptions)!;
        var options = new ChatOptions
        {
            ConversationId = "demo",
            Tools = [AIFunctionFactory.Create(HangAsync, "weather"), new ApprovalRequiredAIFunction(AIFunctionFactory.Create(HangAsync, "delete"))],
        };
        if (way == "plain")
        {
            await client.GetResponseAsync([message], options);
        }
        else
        {
            await client.GetStreamingResponseAsync([message], options).ToChatResponseAsync();
        }

        Console.WriteLine("done");
    }

    private static Task<string> HangAsync(string city)
    {
        Console.WriteLine("ready");
        return new TaskCompletionSource<string>(city).Task;
    }

    private sealed class CallingModel : IChatClient
    {
        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
            => Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, [new FunctionCallContent("c1", "weather", new Dictionary<string, object?> { ["city"] = "Paris" })])));

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
}
