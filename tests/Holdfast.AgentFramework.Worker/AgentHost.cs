using Holdfast.Chat.Tests.Support;
using Holdfast.Logs;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace Holdfast.AgentFramework.Worker;

/// <summary>One process of an application: a store, an agent, and functions that note each run in a journal that outlives it.</summary>
internal sealed class AgentHost : IAsyncDisposable
{
    private readonly string _journal;

    public AgentHost(ICommitLog log, HistoryMode mode, string journal, StrictModel? model = null, Action<ChatClientAgentOptions>? configure = null, Action<string>? run = null)
    {
        _journal = journal;
        Store = new(log);
        Model = model ?? new();
        var options = new ChatClientAgentOptions
        {
            Name = "assistant",
            ChatOptions = new() { Tools = [Function("weather"), new ApprovalRequiredAIFunction(Function("delete"))] },
            ChatHistoryProvider = mode == HistoryMode.Pipeline ? null : new HoldfastChatHistoryProvider(Store),
            RequirePerServiceCallChatHistoryPersistence = mode == HistoryMode.PerServiceCall,
        };
        configure?.Invoke(options);
        IChatClient client = mode == HistoryMode.Pipeline ? Model.AsBuilder().UseDurableFunctionInvocation().UseHoldfast(Store).Build() : Model;
        Agent = client.AsAIAgent(options).AsBuilder().UseHoldfast(Store).Build();

        AIFunction Function(string name) => AIFunctionFactory.Create(
            (string city) =>
            {
                lock (this)
                {
                    File.AppendAllLines(_journal, [$"{name} {city}"]);
                }

                run?.Invoke(name);
                return $"{name} of {city}";
            },
            name);
    }

    public AgentStateStore Store { get; }

    public StrictModel Model { get; }

    public AIAgent Agent { get; }

    /// <summary>The next calls of the model with results fail, as a service does that is overloaded.</summary>
    public bool FailsAfterTools { set => Model.BeforeReply = messages => { if (value && messages[^1].Role == ChatRole.Tool) { throw new HttpRequestException("503"); } }; }

    /// <summary>Runs the agent.</summary>
    public async Task<AgentResponse> RunAsync(IEnumerable<ChatMessage> messages, AgentSession session, bool streaming = false, AgentRunOptions? options = null, CancellationToken cancellationToken = default)
        => streaming
            ? await Agent.RunStreamingAsync(messages, session, options, cancellationToken).ToAgentResponseAsync(cancellationToken)
            : await Agent.RunAsync(messages, session, options, cancellationToken);

    /// <summary>A session of a thread, as an application makes it that knows the thread and nothing else.</summary>
    public async Task<AgentSession> SessionOfAsync(string thread)
    {
        var session = await Agent.CreateSessionAsync();
        session.SetThreadId(thread);
        return session;
    }

    public static IReadOnlyList<ToolApprovalRequestContent> RequestsIn(AgentResponse response) => [.. response.Messages.SelectMany(message => message.Contents).OfType<ToolApprovalRequestContent>()];

    public ValueTask DisposeAsync() => Store.DisposeAsync();
}
