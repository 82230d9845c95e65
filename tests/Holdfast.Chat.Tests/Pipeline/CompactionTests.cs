#pragma warning disable MEAI001 // The reducers are for evaluation.
using Holdfast.Chat.Tests.Support;
using Microsoft.Extensions.AI;
using Microsoft.ML.Tokenizers;

namespace Holdfast.Chat.Tests.Pipeline;

/// <summary>Conversations that are shortened: by a policy of the chat client, and by the reducers of Microsoft.Extensions.AI.</summary>
public sealed class CompactionTests : IAsyncDisposable
{
    private static readonly ChatOptions Demo = new() { ConversationId = "demo" };
    private static readonly Tokenizer Tokens = TiktokenTokenizer.CreateForEncoding("o200k_base");

    private readonly AgentStateStore _store = new(new Logs.InMemoryCommitLog());
    private readonly StrictModel _model = new();
    private readonly SummaryModel _summarizer = new();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Theory, InlineData(false), InlineData(true)]
    public async Task AConversation_ThatIsTooLong_IsSummarizedBeforeTheModelIsCalled(bool durable)
    {
        var client = Client(durable);
        var options = new ChatOptions { ConversationId = "demo", Tools = [AIFunctionFactory.Create((string city) => $"sunny in {city}", "weather")] };
        for (var i = 0; i < 6; i++)
        {
            await client.GetResponseAsync($"weather? {i}", options);
        }

        _model.Violations.ShouldBeEmpty();
        var last = Transcript.Lines(_model.Received[^1]);
        last[0].ShouldStartWith("user:Summary of the conversation so far:");
        last.Count(line => line.StartsWith("user:weather?", StringComparison.Ordinal)).ShouldBe(3, "two exchanges stay word for word, and the new one");
        (await _store.Thread("demo").LogAsync().CountAsync(commit => commit.Reason == "summarized")).ShouldBeGreaterThan(0);
        var all = new List<string>();
        await foreach (var commit in _store.Thread("demo").LogAsync(new LogQuery()))
        {
            all.AddRange((await _store.LoadAsync("demo", commit.Version))!.Messages.Select(message => message.Text));
        }

        all.ShouldContain("weather? 0", "earlier versions have what is summarized now");
    }

    [Fact]
    public async Task ASummary_ThatCannotBeMade_DoesNotStopTheConversation()
    {
        var client = _model.AsBuilder().UseHoldfast(_store, options => options.Compaction = new() { MaxTokens = 1, KeepExchanges = 1, Summarize = (_, _) => throw new TimeoutException() }).Build();
        for (var i = 0; i < 3; i++)
        {
            (await client.GetResponseAsync($"hello {i}", Demo)).Text.ShouldBe("ok");
        }

        (await _store.LoadAsync("demo"))!.Messages.Count.ShouldBe(6);
    }

    [Fact]
    public async Task AnonymousCallers_NeverHaveTheThreadsOfUsersSummarized()
    {
        var calls = 0;
        var user = (string?)"ann";
        var client = _model.AsBuilder().UseHoldfast(_store, options =>
        {
            (options.UserIdOf, options.AllowAnonymous) = (_ => user, true);
            options.Compaction = new() { MaxTokens = 1, KeepExchanges = 1, Summarize = (_, _) => Task.FromResult(new ChatMessage(ChatRole.User, $"{calls++}")) };
        }).Build();
        await client.GetResponseAsync("one", Demo);
        await client.GetResponseAsync("two", Demo);
        user = null;

        await Should.ThrowAsync<ThreadAccessDeniedException>(() => client.GetResponseAsync("three", Demo));
        calls.ShouldBe(0);
    }

    [Fact]
    public async Task TheModelThatSummarizes_SeesCallsAndResultsAsText()
    {
        await _store.UpdateAsync("demo", session => session.History.AddRange(
        [
            new(ChatRole.User, "weather?"),
            new(ChatRole.Assistant, [new FunctionCallContent("1", "weather", new Dictionary<string, object?> { ["city"] = "Kiel" })]),
            new(ChatRole.Tool, [new FunctionResultContent("1", "sunny")]),
            new(ChatRole.Assistant, "It is sunny."),
            new(ChatRole.User, "thanks"),
            new(ChatRole.Assistant, "welcome"),
        ]));

        await _store.Thread("demo").CompactAsync(CompactionPolicy.With(_summarizer) with { MaxTokens = 1, KeepExchanges = 1 });

        var asked = _summarizer.Asked.ShouldHaveSingleItem();
        asked.ShouldContain("""assistant: [calls weather with {"city":"Kiel"}]""");
        asked.ShouldContain("tool: [result: sunny]");
        asked.ShouldNotContain("thanks");
        (await _store.LoadAsync("demo"))!.Messages.Select(message => message.Text).ShouldBe(["Summary of the conversation so far:\nthe gist", "thanks", "welcome"]);
    }

    [Fact]
    public async Task Reduce_WithTheReducerThatSummarizes_StoresItsSummary()
    {
        await TalkAsync(6);
        var session = await _store.OpenAsync("demo");

        (await session.History.ReduceAsync(new SummarizingChatReducer(_summarizer, targetCount: 2, threshold: 1))).ShouldBe(10);
        await session.CommitAsync();

        (await _store.LoadAsync("demo"))!.Messages.Select(message => message.Text).ShouldBe(["the gist", "ask 5", "reply 5"]);
    }

    [Fact]
    public async Task Reduce_WithTheReducerThatCounts_HidesTheOlderMessages()
    {
        await TalkAsync(6);
        var session = await _store.OpenAsync("demo");

        (await session.History.ReduceAsync(new MessageCountingChatReducer(3))).ShouldBe(9);
        await session.CommitAsync();

        (await _store.LoadAsync("demo"))!.Messages.Select(message => message.Text).ShouldBe(["reply 4", "ask 5", "reply 5"]);
        (await session.History.ReduceAsync(new MessageCountingChatReducer(3))).ShouldBe(0);
        session.HasChanges.ShouldBeFalse();
    }

    private IChatClient Client(bool durable)
    {
        var builder = _model.AsBuilder();
        builder = durable ? builder.UseDurableFunctionInvocation() : builder.UseFunctionInvocation();
        return builder.UseHoldfast(_store, options => options.Compaction = CompactionPolicy.With(_summarizer) with
        {
            MaxTokens = 20,
            KeepExchanges = 2,
            CountTokens = message => Tokens.CountTokens(message.Text),
        }).Build();
    }

    private async Task TalkAsync(int exchanges)
    {
        for (var i = 0; i < exchanges; i++)
        {
            var number = i;
            await _store.UpdateAsync("demo", session => session.History.AddRange([new(ChatRole.User, $"ask {number}"), new(ChatRole.Assistant, $"reply {number}")]));
        }
    }
}
