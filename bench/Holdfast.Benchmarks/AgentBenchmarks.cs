using System.Text.Json;
using Holdfast.Benchmarks.Backends;
using Microsoft.Extensions.AI;

namespace Holdfast.Benchmarks;

/// <summary>Turns of an agent, with tools and steps, beside the same written by hand: two tables, and a transaction wherever the turn makes a commit.</summary>
internal sealed class AgentBenchmarks(Backend backend, int repetitions)
{
    private const int Window = 20;
    private const int StepsOfATurn = 20;
    private static readonly JsonSerializerOptions Json = new(AIJsonUtilities.DefaultOptions) { WriteIndented = false };
    private static readonly string Text = string.Concat(Enumerable.Repeat("All work is done in good time. ", 17))[..500];
    private static readonly string[] Cities = ["Paris", "Rome", "Oslo"];

    private readonly AIFunction _weather = DurableFunction.Create((string city) => $"It is sunny in {city}.", new() { Name = "weather" });
    private int _calls;

    public async IAsyncEnumerable<Measurement> RunAsync()
    {
        await using var log = await backend.OpenAsync("agents");
        await using var store = new AgentStateStore(log);
        await using var raw = await backend.OpenRawAgentAsync("agents") ?? throw new ArgumentException("By hand there are sqlite and postgres.");
        var model = new Model(this);
        var times = await Interleaved.MeasureAsync(repetitions, 100, () => TurnAsync(store, model), () => ByHandAsync(raw));
        yield return Measurement.Of("a turn with 3 tool calls and 2 steps", "µs", times[0]);
        yield return Measurement.Of("the same by hand", "µs", times[1]);
        yield return Measurement.Of("a turn: ratio", "×", times[0].Zip(times[1], (a, b) => a / b));

        var commits = await store.Thread("agent").LogAsync(new() { Ascending = true }).Where(commit => commit.Turn is not null).GroupBy(commit => commit.Turn!.Value).Select(turn => (double)turn.Count()).ToListAsync();
        yield return Measurement.Of("commits of a turn", "", commits, "≤ 9");

        var session = await store.OpenAsync("appends");
        var steps = new Steps(store);
        var appends = await Interleaved.MeasureAsync(repetitions, 400, steps.RunAsync, () => AppendAsync(session));
        await steps.DisposeAsync();
        yield return Measurement.Of("a step that runs at least once", "µs", appends[0]);
        yield return Measurement.Of("one commit with the same result", "µs", appends[1]);
        yield return Measurement.Of("a step: ratio", "×", appends[0].Zip(appends[1], (a, b) => a / b), "≤ 1.2");
    }

    private async Task TurnAsync(AgentStateStore store, IChatClient model)
    {
        await using var turn = await store.Thread("agent").BeginTurnAsync(Text, new() { HistoryWindow = Window });
        await turn.RunOnceAsync("look-up", (_, _) => Task.FromResult("found"));
        await turn.ReplyAsync(model, new() { Tools = [_weather] });
        await turn.RunOnceAsync("notify", (_, _) => Task.FromResult("sent"));
        await turn.CompleteAsync();
    }

    private async Task ByHandAsync(IRawAgent raw)
    {
        var turn = Guid.NewGuid().ToString();
        var history = (await raw.LastAsync("agent", Window)).Reverse().Select(json => JsonSerializer.Deserialize<ChatMessage>(json, Json)!).ToList();
        await SayAsync(new(ChatRole.User, Text), $"{turn}/begin", "true");
        await raw.CommitAsync("agent", null, $"{turn}/look-up", "\"found\"");
        var calls = Calls();
        await SayAsync(calls, null, null);
        foreach (var call in calls.Contents.OfType<FunctionCallContent>())
        {
            var result = await _weather.InvokeAsync(new(call.Arguments));
            await SayAsync(new(ChatRole.Tool, [new FunctionResultContent(call.CallId, result)]), $"{turn}/{call.CallId}", "true");
        }

        await SayAsync(new(ChatRole.Assistant, Text), null, null);
        await raw.CommitAsync("agent", null, $"{turn}/notify", "\"sent\"");
        await raw.CommitAsync("agent", null, $"{turn}/end", "true");

        Task SayAsync(ChatMessage message, string? step, string? result)
        {
            history.Add(message);
            return raw.CommitAsync("agent", JsonSerializer.Serialize(message, Json), step, result);
        }
    }

    private static async Task AppendAsync(ThreadSession session)
    {
        session.Variables.Set("result", $"{Text}{session.Version}");
        await session.CommitAsync();
    }

    private ChatMessage Calls()
        => new(ChatRole.Assistant, [.. Cities.Select(city => new FunctionCallContent($"call_{++_calls}", "weather", new Dictionary<string, object?> { ["city"] = city }))]);

    // Steps of a turn; a new turn every now and then, as turns do not go on for ever.
    private sealed class Steps(AgentStateStore store) : IAsyncDisposable
    {
        private Holdfast.Turn? _turn;
        private int _count;

        public async Task RunAsync()
        {
            if (_count++ % StepsOfATurn == 0)
            {
                await DisposeAsync();
                _turn = await store.Thread("steps").BeginTurnAsync([], new() { HistoryWindow = 1 });
            }

            await _turn!.RunOnceAsync("step", (_, _) => Task.FromResult($"{Text}{_count}"));
        }

        public async ValueTask DisposeAsync()
        {
            if (_turn is not null)
            {
                await _turn.CompleteAsync();
                await _turn.DisposeAsync();
            }
        }
    }

    private sealed class Model(AgentBenchmarks agents) : IChatClient
    {
        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
            => Task.FromResult(new ChatResponse(messages.Last().Role == ChatRole.Tool ? new(ChatRole.Assistant, Text) : agents.Calls()));

        public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
            => throw new NotSupportedException();

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}
