using Holdfast.Chat.Tests.Support;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;
using Microsoft.ML.Tokenizers;

namespace Holdfast.Chat.Tests.Documentation;

/// <summary>The code of docs/chat.md, compiled and run. Each region is a block of the page.</summary>
public sealed class ChatSnippets : IAsyncDisposable
{
    private readonly AgentStateStore store = new(new Logs.InMemoryCommitLog());
    private readonly StrictModel model = new();
    private readonly MemoryDistributedCache cache = new(Options.Create(new MemoryDistributedCacheOptions()));

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Fact]
    public async Task First()
    {
        #region first
        IChatClient chat = model.AsBuilder()
            .UseDurableFunctionInvocation()
            .UseHoldfast(store)
            .Build();

        var options = new ChatOptions { ConversationId = "user-42/chat-7" };
        await chat.GetResponseAsync("Hello, my name is John", options);
        var response = await chat.GetResponseAsync("What's my name?", options);    // in another process, a week later
        #endregion

        response.Text.ShouldBe("ok");
        Transcript.Of(model.Received[^1]).ShouldBe("user:Hello, my name is John | assistant:ok | user:What's my name?");
    }

    [Fact]
    public async Task User()
    {
        using var chat = model.AsBuilder().UseHoldfast(store).Build();

        #region user
        await chat.GetResponseAsync("Hello", new()
        {
            ConversationId = "chat-7",
            AdditionalProperties = new() { [PersistentChatClient.UserProperty] = "john" },
        });
        #endregion

        (await store.LoadAsync("chat-7"))!.UserId.ShouldBe("john");
    }

    [Fact]
    public async Task Reply()
    {
        await First();

        #region reply
        var state = await store.LoadAsync("user-42/chat-7");
        foreach (var reply in state!.Messages.Select(ReplyInfo.Of).OfType<ReplyInfo>())
        {
            Console.WriteLine($"{reply.ModelId}: {reply.Usage?.TotalTokenCount} tokens, {reply.FinishReason}, {reply.ResponseId}");
        }
        #endregion

        state.Messages.Count(message => ReplyInfo.Of(message) is { ModelId: "strict-1", Usage.TotalTokenCount: 12 }).ShouldBe(2);
    }

    [Fact]
    public async Task Turns()
    {
        var (payments, delivery) = (new Payments(), new Delivery("sms-1"));
        #region turns
        IChatClient chat = model.AsBuilder()
            .UseOpenTelemetry()
            .UseDurableFunctionInvocation()
            .UseHoldfast(store)
            .Build();

        AIFunction refund = DurableFunction.Create(
            async (decimal amount, ToolContext tool, CancellationToken cancellationToken) =>
                await payments.RefundAsync(amount, tool.Step.IdempotencyKey, cancellationToken),
            new() { Name = "refund", RequiresApproval = true, Policy = StepPolicy.AtMostOnce });

        var response = await chat.GetResponseAsync("Refund 20", new()
        {
            ConversationId = "user-42/chat-7",
            Tools = [refund],
            AdditionalProperties = new() { [PersistentChatClient.KeyProperty] = delivery.Id },
        });
        #endregion

        response.Text.ShouldBe("ok");
    }

    [Fact]
    public async Task Order()
    {
        #region order
        IChatClient chat = model.AsBuilder()
            .UseOpenTelemetry()
            .UseDurableFunctionInvocation()
            .UseHoldfast(store, options => options.HistoryWindow = 100)
            .UseDistributedCache(cache)
            .Build();
        #endregion

        (await chat.GetResponseAsync("hello", new() { ConversationId = "a" })).Text.ShouldBe("ok");
    }

    [Fact]
    public async Task Compaction()
    {
        var smallModel = new SummaryModel();

        #region compaction
        var tokens = TiktokenTokenizer.CreateForEncoding("o200k_base");    // Microsoft.ML.Tokenizers
        IChatClient chat = model.AsBuilder()
            .UseDurableFunctionInvocation()
            .UseHoldfast(store, options => options.Compaction = CompactionPolicy.With(smallModel) with
            {
                MaxTokens = 30_000,
                KeepExchanges = 6,
                CountTokens = message => tokens.CountTokens(message.Text),
            })
            .Build();
        #endregion

        await chat.GetResponseAsync("Hello", new() { ConversationId = "short" });
        smallModel.Asked.ShouldBeEmpty();
    }

    [Fact]
    public async Task Summary()
    {
        await store.UpdateAsync("user-42/chat-7", other => other.History.AddRange(Enumerable.Range(0, 20).Select(i => new ChatMessage(ChatRole.User, $"{i}"))));
        IChatReducer reducer = new FirstAndLast();

        #region summary
        var session = await store.OpenAsync("user-42/chat-7");
        await session.History.SummarizeAsync(..^10, "John wants to fly to Kiel on May 3rd, window seat.");    // all but the last ten messages
        await session.CommitAsync();

        await session.History.ReduceAsync(reducer);    // an IChatReducer; what it leaves out is hidden, the summary that it makes is stored
        await session.CommitAsync();
        #endregion

        (await store.LoadAsync("user-42/chat-7"))!.Messages.Select(message => message.Text).ShouldBe(["John wants to fly to Kiel on May 3rd, window seat.", "19"]);
    }

    [Fact]
    public async Task Reducer()
    {
        var weather = AIFunctionFactory.Create((string city) => city, "weather");
        using var chat = model.AsBuilder()
            .UseFunctionInvocation()
            .UseHoldfast(store)
        #region reducer
            .Use((messages, options, next, cancellationToken) =>
            {
                var list = messages.ToList();
                var cut = list.FindLastIndex(Math.Max(list.Count - 20, 0), message => message.Role == ChatRole.User);
                return next(cut > 0 ? list[cut..] : list, options, cancellationToken);
            })
        #endregion
            .Build();

        for (var i = 0; i < 20; i++)
        {
            await chat.GetResponseAsync(i % 3 == 0 ? "compare!" : "weather?", new() { ConversationId = "a", Tools = [weather] });
        }

        model.Violations.ShouldBeEmpty();
        model.Received.Max(messages => messages.Count).ShouldBeInRange(20, 24);
        (await store.LoadAsync("a"))!.Messages.Count.ShouldBe(80);
    }

    private sealed record Delivery(string Id);

    private sealed class Payments
    {
        public Task<string> RefundAsync(decimal amount, string idempotencyKey, CancellationToken cancellationToken)
            => Task.FromResult($"{amount} for {idempotencyKey}").WaitAsync(cancellationToken);
    }

    private sealed class FirstAndLast : IChatReducer
    {
        public Task<IEnumerable<ChatMessage>> ReduceAsync(IEnumerable<ChatMessage> messages, CancellationToken cancellationToken)
            => Task.FromResult<IEnumerable<ChatMessage>>([messages.First(), messages.Last()]);
    }
}
