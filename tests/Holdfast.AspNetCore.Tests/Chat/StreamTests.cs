using Microsoft.Extensions.AI;

namespace Holdfast.AspNetCore.Tests.Chat;

/// <summary>Replies as server-sent events, and idempotency keys.</summary>
public sealed class StreamTests
{
    private readonly SlowModel _model = new();
    private readonly TaskCompletionSource _aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    [Fact]
    public async Task Reply_ComesAsEvents_AndIsStored()
    {
        await using var scene = await StartAsync();
        _model.Say("Hello", " Ann");

        await using var events = await EventReader.OpenAsync(scene.PostAsync("/chats/demo?text=Hi"));
        (await events.NextAsync()).ShouldBe("0 start {}");
        (await events.NextAsync()).ShouldBe("1 update {\"text\":\"Hello\"}");
        (await events.NextAsync()).ShouldBe("2 update {\"text\":\" Ann\"}");
        _model.Stop();
        (await events.RestAsync()).ShouldBe(["3 done {}"]);

        (await TextsAsync(scene)).ShouldBe(["Hi", "Hello Ann"]);
        (await scene.Store.Thread("demo").GetInfoAsync(TestContext.Current.CancellationToken))!.UserId.ShouldBe("ann");
    }

    [Fact]
    public async Task Client_WhoGoesAway_DoesNotLoseTheTurn()
    {
        await using var scene = await StartAsync();
        _model.Say("Hello");
        var events = await EventReader.OpenAsync(scene.PostAsync("/chats/demo?text=Hi"));
        await events.NextAsync();
        await events.NextAsync();

        await events.DisposeAsync();
        await _aborted.Task;
        _model.Say(" Ann");
        _model.Stop();

        await foreach (var told in scene.Store.Thread("demo").WatchAsync(ThreadPosition.Beginning, TestContext.Current.CancellationToken))
        {
            if (told is ThreadCommitted { Messages: [{ Role: var role, Text: var text }] } && role == ChatRole.Assistant)
            {
                text.ShouldBe("Hello Ann");
                break;
            }
        }
    }

    [Fact]
    public async Task Client_WhoComesBackWithTheKey_GoesOnAfterTheLastEvent()
    {
        await using var scene = await StartAsync();
        _model.Say("Hello");
        var events = await EventReader.OpenAsync(scene.PostAsync("/chats/demo?text=Hi", "ann", ("Idempotency-Key", "k")));
        (await events.NextAsync()).ShouldBe("0 start {}");
        (await events.NextAsync()).ShouldBe("1 update {\"text\":\"Hello\"}");
        await events.DisposeAsync();

        _model.Say(" Ann");
        await using var after = await EventReader.OpenAsync(scene.PostAsync("/chats/demo?text=Hi", "ann", ("Idempotency-Key", "\"k\""), ("Last-Event-ID", "1")));
        (await after.NextAsync()).ShouldBe("2 update {\"text\":\" Ann\"}");
        await using var again = await EventReader.OpenAsync(scene.PostAsync("/chats/demo?text=Hi", "ann", ("Idempotency-Key", "k")));
        (await again.NextAsync()).ShouldBe("0 start {}");
        _model.Stop();

        (await after.RestAsync()).ShouldBe(["3 done {}"]);
        (await again.RestAsync()).Count.ShouldBe(3);
        _model.Calls.ShouldBe(1);
        (await TextsAsync(scene)).ShouldBe(["Hi", "Hello Ann"]);
    }

    [Fact]
    public async Task Request_WithTheKeyOfATurnThatIsOver_GetsItsRecordedReply()
    {
        var log = new InMemoryCommitLog();
        await using (var before = await StartAsync(log))
        {
            _model.Say("Hello");
            _model.Stop();
            await using var events = await EventReader.OpenAsync(before.PostAsync("/chats/demo?text=Hi", "ann", ("Idempotency-Key", "k")));
            (await events.RestAsync()).Count.ShouldBe(3);
        }

        await using var scene = await StartAsync(log);
        await using var replay = await EventReader.OpenAsync(scene.PostAsync("/chats/demo?text=Hi", "ann", ("Idempotency-Key", "k"), ("Last-Event-ID", "1")));

        (await replay.RestAsync()).ShouldBe(["0 start {}", "1 update {\"text\":\"Hello\"}", "2 done {}"]);
        _model.Calls.ShouldBe(1);
        (await TextsAsync(scene)).ShouldBe(["Hi", "Hello"]);
    }

    [Fact]
    public async Task Request_ThatReachesAnotherProcessWhileTheTurnRuns_WaitsForItsReply()
    {
        var log = new InMemoryCommitLog();
        await using var first = await StartAsync(log);
        await using var second = await StartAsync(log);
        _model.Say("Hello");
        await using var events = await EventReader.OpenAsync(first.PostAsync("/chats/demo?text=Hi", "ann", ("Idempotency-Key", "k")));
        await events.NextAsync();

        var other = second.PostAsync("/chats/demo?text=Hi", "ann", ("Idempotency-Key", "k"));
        _model.Say(" Ann");
        _model.Stop();
        await using var replay = await EventReader.OpenAsync(other);

        (await replay.RestAsync()).ShouldBe(["0 start {}", "1 update {\"text\":\"Hello Ann\"}", "2 done {}"]);
        (_model.Calls, (await TextsAsync(first)).Count).ShouldBe((1, 2));
    }

    [Fact]
    public async Task Key_OfAnotherUser_IsAnotherTurn()
    {
        await using var scene = await StartAsync();
        _model.Say("Hello");
        await using var events = await EventReader.OpenAsync(scene.PostAsync("/chats/demo?text=Hi", "ann", ("Idempotency-Key", "k")));

        (await WebScene.ProblemOf(scene.PostAsync("/chats/demo?text=Hi", "bob", ("Idempotency-Key", "k")))).ShouldBe((409, ErrorCodes.CommitConflict));

        _model.Stop();
        await events.RestAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"\"")]
    public async Task Key_ThatCannotBeOne_Is400(string key)
    {
        await using var scene = await StartAsync();

        (await WebScene.ProblemOf(scene.PostAsync("/chats/demo?text=Hi", "ann", ("Idempotency-Key", key)))).ShouldBe((400, ErrorCodes.InvalidIdentifier));
        (await WebScene.ProblemOf(scene.PostAsync("/chats/demo?text=Hi", "ann", ("Idempotency-Key", new string('x', 513))))).ShouldBe((400, ErrorCodes.InvalidIdentifier));
    }

    [Fact]
    public async Task Error_BeforeTheModelBegins_HasAStatus_AndLaterIsAnEvent()
    {
        await using var scene = await StartAsync();
        _model.Error = new StoreUnavailableException("password=swordfish");
        _model.Say("!");
        (await WebScene.ProblemOf(scene.PostAsync("/chats/demo?text=Hi"))).ShouldBe((503, ErrorCodes.StoreUnavailable));

        _model.Error = new InvalidOperationException("password=swordfish");
        _model.Say("Hello", "!");
        await using var events = await EventReader.OpenAsync(scene.PostAsync("/chats/demo?text=Hi"));
        var rest = await events.RestAsync();

        rest.Count.ShouldBe(3);
        rest[2].ShouldStartWith("2 problem {");
        rest[2].ShouldContain("\"status\":500");
        rest[2].ShouldNotContain("swordfish");
    }

    [Fact]
    public async Task Silence_IsFilledWithPings()
    {
        var clock = new FakeTimeProvider();
        await using var scene = await StartAsync(services: services => services.AddSingleton<TimeProvider>(clock));
        _model.Say("Hello");
        await using var events = await EventReader.OpenAsync(scene.PostAsync("/chats/demo?text=Hi"));
        await events.NextAsync();
        await events.NextAsync();

        var next = events.NextAsync();
        while (!next.IsCompleted)
        {
            clock.Advance(TimeSpan.FromSeconds(15));
            await Task.Yield();
        }

        (await next).ShouldEndWith("ping {}");
        _model.Stop();
    }

    [Fact]
    public async Task Approval_IsAskedAsAnEvent()
    {
        await using var scene = await WebScene.StartAsync(
            app => app.MapPost("/chats/{thread}", (ThreadRequest request, IChatClient chat) => request.StreamChatAsync(
                chat, "Refund 20", new() { Chat = new() { Tools = [DurableFunction.Create((decimal amount) => "paid", new() { Name = "refund", RequiresApproval = true })] } })).WithThread(),
            services: services => services.AddChatClient(new AskingModel()).UseDurableFunctionInvocation().UseHoldfast());

        await using var events = await EventReader.OpenAsync(scene.PostAsync("/chats/demo"));
        var rest = await events.RestAsync();

        rest.ShouldContain(item => item.Contains(" waiting [{\"id\":") && item.Contains("\"tool\":\"refund\",\"arguments\":{\"amount\":20}"));
        rest[^1].ShouldEndWith(" done {}");
    }

    [Fact]
    public async Task Host_ThatStops_WaitsForReplies()
    {
        await using var scene = await StartAsync();
        _model.Say("Hello");
        var events = await EventReader.OpenAsync(scene.PostAsync("/chats/demo?text=Hi"));
        await events.NextAsync();
        await events.DisposeAsync();

        var runs = scene.Services.GetRequiredService<ChatRuns>();
        var stopping = runs.StopAsync(TestContext.Current.CancellationToken);
        stopping.IsCompleted.ShouldBeFalse();
        _model.Stop();
        await stopping;

        (await TextsAsync(scene)).ShouldBe(["Hi", "Hello"]);
    }

    [Fact]
    public async Task Turn_OfAHandler_HasTheKeyAndTheUser()
    {
        await using var scene = await WebScene.StartAsync(app => app.MapPost("/turns/{thread}", async (ThreadRequest request) =>
        {
            await using var turn = await request.Thread.BeginTurnAsync("Hi", request.ToTurnOptions());
            if (!turn.IsReplay)
            {
                await turn.ReplyAndCompleteAsync(_model);
            }

            return turn.Reply[^1].Text;
        }).WithThread());
        _model.Say("Hello");
        _model.Stop();

        for (var i = 0; i < 2; i++)
        {
            using var answer = await scene.PostAsync("/turns/demo", "ann", ("Idempotency-Key", "k"));
            (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldBe("Hello");
        }

        (_model.Calls, (await scene.Store.Thread("demo").GetInfoAsync(TestContext.Current.CancellationToken))!.UserId).ShouldBe((1, "ann"));
    }

    private static async Task<List<string>> TextsAsync(WebScene scene)
        => [.. (await scene.Store.LoadAsync("demo", cancellationToken: TestContext.Current.CancellationToken))!.Messages.Select(message => message.Text)];

    private Task<WebScene> StartAsync(InMemoryCommitLog? log = null, Action<IServiceCollection>? services = null) => WebScene.StartAsync(
        app =>
        {
            app.Use((context, next) =>
            {
                context.RequestAborted.Register(() => _aborted.TrySetResult());
                return next();
            });
            app.MapPost("/chats/{thread}", (ThreadRequest request, string text, IChatClient chat, CancellationToken cancellationToken)
                => request.StreamChatAsync(chat, text, cancellationToken: cancellationToken)).WithThread();
        },
        services: collection =>
        {
            collection.AddChatClient(_model).UseDurableFunctionInvocation().UseHoldfast();
            services?.Invoke(collection);
        },
        log: log);

    private sealed class AskingModel : IChatClient
    {
        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
            => Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, [new FunctionCallContent("c1", "refund", new Dictionary<string, object?> { ["amount"] = 20 })])));

        public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
            => GetResponseAsync(messages, options, cancellationToken).Result.ToChatResponseUpdates().ToAsyncEnumerable();

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose()
        {
        }
    }
}
