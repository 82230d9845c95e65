using Holdfast.Logs;
using Holdfast.Testing;
using Microsoft.Extensions.AI;

namespace Holdfast.Chat.Tests.Support;

/// <summary>A process of an application, with a store and a pipeline of its own; only what the log has is left of it.</summary>
internal sealed class AgentProcess : IAsyncDisposable
{
    private readonly Lock _lock = new();

    public AgentProcess(ICommitLog log, StrictModel model, bool stateIsBelow, bool withApprovals, Action<string> run, PersistentChatOptions? options = null)
        : this(log, model, withApprovals, run, stateIsBelow
            ? (below, store) => new FunctionInvokingChatClient(below.WithState(store, options))
            : (below, store) => new FunctionInvokingChatClient(below).WithState(store, options))
    {
    }

    private AgentProcess(ICommitLog log, IChatClient model, bool withApprovals, Action<string> run, Func<IChatClient, AgentStateStore, IChatClient> build)
    {
        Faults = new(log);
        Store = new(Faults);
        var weather = Function("weather");
        var tools = withApprovals ? new List<AITool> { weather, new ApprovalRequiredAIFunction(Function("delete")) } : [weather];
        Options = new() { ConversationId = "demo", Tools = tools };
        Client = build(new Alive(this).Wrap(model), Store);

        AIFunction Function(string name) => AIFunctionFactory.Create(
            (string city) =>
            {
                var id = FunctionInvokingChatClient.CurrentContext!.CallContent.CallId;
                lock (_lock)
                {
                    ThrowIfDead();
                    Runs.Add(id);
                }

                run(id);
                ThrowIfDead();
                return $"{name} of {city}";
            },
            name);
    }

    /// <summary>A process whose pipeline invokes functions durably.</summary>
    public static AgentProcess Durable(ICommitLog log, IChatClient model, Action<string>? run = null, TimeSpan? lease = null) => new(
        log,
        model,
        withApprovals: true,
        run ?? (_ => { }),
        (below, store) => below.AsBuilder().UseDurableFunctionInvocation().UseHoldfast(store, options => options.Turns = new() { Lease = lease ?? TimeSpan.FromSeconds(60) }).Build());

    /// <summary>The pipeline.</summary>
    public IChatClient Client { get; }

    /// <summary>The options of each call: the thread, and the tools.</summary>
    public ChatOptions Options { get; }

    public FaultInjectingLog Faults { get; }

    public AgentStateStore Store { get; }

    /// <summary>The ids of the calls that ran, in their order.</summary>
    public List<string> Runs { get; } = [];

    public bool IsDead { get; private set; }

    /// <summary>From here on nothing of this process has any effect.</summary>
    public void Kill()
    {
        IsDead = true;
        Faults.Every(LogCall.Any).FailsBefore();
    }

    /// <summary>One call of the pipeline; what it returned.</summary>
    public async Task<IReadOnlyList<ChatMessage>> SayAsync(IReadOnlyList<ChatMessage> messages, bool streaming, Predicate<ChatResponseUpdate>? leaveAt = null)
    {
        if (!streaming)
        {
            return [.. (await Client.GetResponseAsync(messages, Options)).Messages];
        }

        var updates = new List<ChatResponseUpdate>();
        await foreach (var update in Client.GetStreamingResponseAsync(messages, Options))
        {
            updates.Add(update);
            if (leaveAt?.Invoke(update) is true)
            {
                break;
            }
        }

        return [.. updates.ToChatResponse().Messages];
    }

    public ValueTask DisposeAsync() => Store.DisposeAsync();

    private void ThrowIfDead()
    {
        if (IsDead)
        {
            throw new InvalidOperationException("The process was killed.");
        }
    }

    // A model that a dead process does not reach.
    private sealed class Alive(AgentProcess process)
    {
        public IChatClient Wrap(IChatClient inner) => new Client(inner, process);

        private sealed class Client(IChatClient inner, AgentProcess process) : DelegatingChatClient(inner)
        {
            public override Task<ChatResponse> GetResponseAsync(
                IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
            {
                process.ThrowIfDead();
                return base.GetResponseAsync(messages, options, cancellationToken);
            }

            public override IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
                IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
            {
                process.ThrowIfDead();
                return base.GetStreamingResponseAsync(messages, options, cancellationToken);
            }
        }
    }
}
