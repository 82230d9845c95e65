using Holdfast.Logs;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Chat;

public sealed class ToolLoopTests : IAsyncDisposable
{
    private static readonly ChatOptions Demo = new() { ConversationId = "demo" };

    private readonly AgentStateStore _store = new(new InMemoryCommitLog());

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task FunctionInvocationAbove_StoresEachMessageOnce()
    {
        var client = new FunctionInvoker(WeatherModel().WithState(_store));

        await client.GetResponseAsync("weather?", Demo);

        (await KindsAsync()).ShouldBe(["user:text", "assistant:call c1", "tool:result c1", "assistant:text"]);
    }

    [Fact]
    public async Task FunctionInvocationBelow_StoresEachMessageOnce()
    {
        var client = new FunctionInvoker(WeatherModel()).WithState(_store);

        await client.GetResponseAsync("weather?", Demo);

        (await KindsAsync()).ShouldBe(["user:text", "assistant:call c1", "tool:result c1", "assistant:text"]);
    }

    [Fact]
    public async Task ACrashBetweenCallAndResult_IsAnsweredForTheModel()
    {
        await WeatherModel().WithState(_store).GetResponseAsync("weather?", Demo);
        var model = new ScriptedModel("sorry");

        await model.WithState(_store).GetResponseAsync("well?", Demo);

        Kinds(model.Received.Single()).ShouldBe(["user:text", "assistant:call c1", "tool:result c1", "user:text"]);
        ((FunctionResultContent)model.Received[0][2].Contents[0]).Result!.ToString()!.ShouldContain("interrupted");
        (await KindsAsync()).ShouldBe(["user:text", "assistant:call c1", "user:text", "assistant:text"]);
    }

    [Fact]
    public async Task TurnsThatInterleave_TheModelSeesResultsBehindTheirCalls()
    {
        await _store.UpdateAsync("demo", session => session.History.AddRange([Call("c1"), new(ChatRole.User, "and?"), Result("c1")]));
        var model = new ScriptedModel("ok");

        await model.WithState(_store).GetResponseAsync("go", Demo);

        Kinds(model.Received.Single()).ShouldBe(["assistant:call c1", "tool:result c1", "user:text", "user:text"]);
    }

    [Fact]
    public async Task AResultWithoutItsCall_IsNotSent()
    {
        await _store.UpdateAsync("demo", session => session.History.AddRange([Result("lost"), new(ChatRole.User, "hi")]));
        var model = new ScriptedModel("ok");

        await model.WithState(_store).GetResponseAsync("go", Demo);

        Kinds(model.Received.Single()).ShouldBe(["user:text", "user:text"]);
    }

    [Fact]
    public async Task Window_ThatWouldBeginWithAResult_BeginsWithItsCall()
    {
        await _store.UpdateAsync("demo", session => session.History.AddRange([new(ChatRole.User, "hi"), Call("c1"), Result("c1")]));
        var model = new ScriptedModel("ok");

        await model.WithState(_store, new() { HistoryWindow = 2 }).GetResponseAsync("go", Demo);

        Kinds(model.Received.Single()).ShouldBe(["assistant:call c1", "tool:result c1", "user:text"]);
    }

    // Calls the weather tool first, and tells once it has the result.
    private static ScriptedModel WeatherModel() => new(messages =>
        messages.Any(message => message.Role == ChatRole.Tool) ? new(new ChatMessage(ChatRole.Assistant, "sunny")) : new(Call("c1")));

    private static ChatMessage Call(string id) => new(ChatRole.Assistant, [new FunctionCallContent(id, "weather")]);

    private static ChatMessage Result(string id) => new(ChatRole.Tool, [new FunctionResultContent(id, "sunny")]);

    private static List<string> Kinds(IEnumerable<ChatMessage> messages) => [.. messages.Select(message => $"{message.Role}:" + message.Contents.Single() switch
    {
        FunctionCallContent call => $"call {call.CallId}",
        FunctionResultContent result => $"result {result.CallId}",
        _ => "text",
    })];

    private async ValueTask<IReadOnlyList<string>> KindsAsync() => Kinds((await _store.LoadAsync("demo"))!.Messages);

    // What function-invoking clients do: call until the model asks for no more tools. Where the client below keeps the conversation (it returns an
    // id), only what is new is sent.
    private sealed class FunctionInvoker(IChatClient inner) : DelegatingChatClient(inner)
    {
        public override async Task<ChatResponse> GetResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            var sent = messages.ToList();
            var all = new List<ChatMessage>();
            while (true)
            {
                var response = await base.GetResponseAsync(sent, options, cancellationToken);
                all.AddRange(response.Messages);
                var calls = response.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>().ToList();
                if (calls.Count == 0)
                {
                    return new(all) { ConversationId = response.ConversationId };
                }

                var results = new ChatMessage(ChatRole.Tool, [.. calls.Select(call => new FunctionResultContent(call.CallId, "sunny"))]);
                all.Add(results);
                sent = response.ConversationId is null ? [.. sent, .. response.Messages, results] : [results];
            }
        }
    }
}
