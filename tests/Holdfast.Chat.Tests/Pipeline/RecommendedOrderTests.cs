using System.Diagnostics;
using Holdfast.Chat.Tests.Support;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Holdfast.Chat.Tests.Pipeline;

/// <summary>The order of clients that docs/chat.md recommends, and what it says of others.</summary>
public sealed class RecommendedOrderTests : IAsyncDisposable
{
    private readonly AgentStateStore _store = new(new Logs.InMemoryCommitLog());
    private readonly StrictModel _model = new();
    private readonly MemoryDistributedCache _cache = new(Options.Create(new MemoryDistributedCacheOptions()));
    private readonly AIFunction _weather = AIFunctionFactory.Create((string city) => $"sunny in {city}", "weather");

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TheWholePipeline_RemembersCachesAndTraces(bool streaming)
    {
        var source = $"chat-{Guid.NewGuid():N}";
        var activities = new List<Activity>();
        using var listener = Listen(source, activities);
        var client = _model.AsBuilder()
            .UseOpenTelemetry(sourceName: source)
            .UseFunctionInvocation()
            .UseHoldfast(_store, options => options.HistoryWindow = 20)
            .UseDistributedCache(_cache)
            .Build();

        // Two conversations that are alike: the second is answered from the cache.
        foreach (var thread in new[] { "one", "two" })
        {
            (await SayAsync(client, thread, "weather?", streaming)).ShouldBe("done");
            (await SayAsync(client, thread, "thanks", streaming)).ShouldBe("ok");
        }

        _model.Violations.ShouldBeEmpty();
        _model.Received.Count.ShouldBe(3);
        var stored = Transcript.Lines((await _store.LoadAsync("two"))!.Messages);
        stored.ShouldBe(["user:weather?", "assistant:call 1", "tool:result 1", "assistant:done", "user:thanks", "assistant:ok"]);
        var outer = activities.Where(activity => activity.Source.Name == source && activity.OperationName.StartsWith("chat", StringComparison.Ordinal)).ToList();
        outer.ShouldNotBeEmpty();
        outer.ShouldAllBe(activity => activity.GetTagItem("gen_ai.conversation.id") != null);
        activities.Where(activity => activity.Source.Name == "Holdfast" && Equals(activity.GetTagItem("gen_ai.conversation.id"), "two")).Select(activity => activity.OperationName)
            .Distinct().ShouldBe(["holdfast.read", "holdfast.commit"]);
    }

    [Fact]
    public async Task ACacheAboveTheState_DoesNothing()
    {
        var client = _model.AsBuilder().UseDistributedCache(_cache).UseHoldfast(_store).Build();

        await SayAsync(client, "one", "hello", false);
        await SayAsync(client, "two", "hello", false);

        _model.Received.Count.ShouldBe(2);
    }

    [Fact]
    public async Task TheWindow_NeverPartsACallFromItsResult()
    {
        var client = _model.AsBuilder().UseFunctionInvocation().UseHoldfast(_store, options => options.HistoryWindow = 2).Build();

        foreach (var text in new[] { "weather?", "compare!", "thanks", "weather again?" })
        {
            await SayAsync(client, "a", text, false);
        }

        _model.Violations.ShouldBeEmpty();
        Transcript.Of(_model.Received[^1]).ShouldBe("assistant:call 1 | tool:result 1");
    }

    [Fact]
    public async Task AReducerThatCountsMessages_BelowTheFunctions_LosesResults()
    {
#pragma warning disable MEAI001 // What the page warns of is experimental.
        var client = _model.AsBuilder()
            .UseFunctionInvocation(configure: functions => functions.MaximumIterationsPerRequest = 3)
            .UseHoldfast(_store)
            .UseChatReducer(new MessageCountingChatReducer(10))
            .Build();
#pragma warning restore MEAI001

        await SayAsync(client, "a", "weather?", false);

        // It drops calls and results alike, so the model calls again and again.
        _model.Received.Count.ShouldBe(4);
        _model.Received.ShouldAllBe(messages => messages.All(message => message.Role == ChatRole.User));
    }

    [Fact]
    public async Task AReducerOfOnesOwn_BelowTheState_GetsWholePairs()
    {
        var client = _model.AsBuilder().UseFunctionInvocation().UseHoldfast(_store).Use((messages, options, next, token) => next(Shortened(messages), options, token)).Build();

        foreach (var text in new[] { "weather?", "thanks", "compare!" })
        {
            await SayAsync(client, "a", text, false);
        }

        _model.Violations.ShouldBeEmpty();
        (await _store.LoadAsync("a"))!.Messages.Count.ShouldBe(10);
        _model.Received[^1].Count.ShouldBeLessThan(6);
    }

    // Keeps what was said since the last three users' messages began: a cut before a user's message parts nothing.
    private static IEnumerable<ChatMessage> Shortened(IEnumerable<ChatMessage> messages)
    {
        var list = messages.ToList();
        var users = list.Select((message, i) => (message, i)).Where(item => item.message.Role == ChatRole.User).Select(item => item.i).ToList();
        return users.Count > 2 ? list.Skip(users[^2]) : list;
    }

    private static ActivityListener Listen(string source, List<Activity> activities)
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = candidate => candidate.Name == source || candidate.Name == "Holdfast",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                lock (activities)
                {
                    activities.Add(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    private async Task<string> SayAsync(IChatClient client, string thread, string text, bool streaming)
    {
        var options = new ChatOptions { ConversationId = thread, Tools = [_weather] };
        var response = streaming
            ? await client.GetStreamingResponseAsync(text, options).ToChatResponseAsync()
            : await client.GetResponseAsync(text, options);
        return response.Messages[^1].Text;
    }
}
