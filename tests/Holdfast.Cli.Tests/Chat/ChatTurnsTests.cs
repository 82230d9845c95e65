using Holdfast.Cli.Chat;
using Holdfast.Logs;
using Holdfast.Testing;
using Microsoft.Extensions.AI;

namespace Holdfast.Cli.Tests.Chat;

public sealed class ChatTurnsTests : IAsyncDisposable
{
    private readonly FaultInjectingLog _log = new(new InMemoryCommitLog());
    private readonly AgentStateStore _store;

    public ChatTurnsTests() => _store = new(_log);

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    private ChatTurns NewChat(ChatAgent? agent = null)
        => new(_store, "t", agent ?? ChatAgent.Offline, new(), TimeProvider.System, TestContext.Current.CancellationToken) { Lease = TimeSpan.FromSeconds(1) };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Say_TheStoreFailsAfterTheLine_TheLineAgainIsAnsweredAndStoredOnce(bool isSameChat)
    {
        foreach (var number in Enumerable.Range(2, 2_000))
        {
            _log.Nth(number, LogCall.Append).FailsBefore();
        }

        var chat = NewChat();
        await Should.ThrowAsync<StoreUnavailableException>(async () => await chat.SayAsync("my name is Ann").ToListAsync());
        _log.Heal();

        var replies = await (isSameChat ? chat : NewChat()).SayAsync("my name is Ann").ToListAsync();

        replies.Single().Text.ShouldBe("Nice to meet you, Ann.");
        (await TextsAsync()).ShouldBe(["my name is Ann", "Nice to meet you, Ann."]);
    }

    [Fact]
    public async Task Say_ATurnWasLeftInTheMiddle_ItComesToItsEndFirst()
    {
        await LeaveAsync("hello");

        var replies = await NewChat().SayAsync("how often did we talk?").ToListAsync();

        replies.Select(reply => reply.Text).ShouldBe(["Hello! This is interaction 1 of this thread.", "This is our interaction 2."]);
        (await TextsAsync()).ShouldBe(["hello", "Hello! This is interaction 1 of this thread.", "how often did we talk?", "This is our interaction 2."]);
    }

    [Fact]
    public async Task GoOn_ATurnWasLeftInTheMiddle_ItComesToItsEndOnce()
    {
        await LeaveAsync("hello");

        (await NewChat().GoOnAsync())!.Text.ShouldBe("Hello! This is interaction 1 of this thread.");
        (await NewChat().GoOnAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Say_ATurnOfAnotherAgentWaits_IsToldAndNothingIsSaid()
    {
        await NewChat().SayAsync("refund 5").ToListAsync();

        var reply = await NewChat(ChatAgent.Offline with { Name = "other" }).SayAsync("hello").SingleAsync();

        reply.IsReply.ShouldBeFalse();
        reply.Text.ShouldContain("of another program has not ended: it is interrupted.");
        (await TextsAsync()).ShouldBe(["refund 5", ""]);
    }

    [Fact]
    public async Task Say_TheAgentFails_TheTurnHasFailedAndTheSameLineResumesIt()
    {
        var chat = NewChat(ChatAgent.Offline with { Client = new FailingOnce() });
        await Should.ThrowAsync<InvalidOperationException>(async () => await chat.SayAsync("hello").ToListAsync());
        (await _store.Thread("t").TurnsAsync().SingleAsync()).State.ShouldBe(TurnState.Failed);
        (await chat.GoOnAsync()).ShouldBeNull();

        (await chat.SayAsync("hello").SingleAsync()).IsReply.ShouldBeTrue();

        var turn = await _store.Thread("t").TurnsAsync().SingleAsync();
        (turn.State, turn.Attempt).ShouldBe((TurnState.Completed, 2));
        (await TextsAsync()).ShouldBe(["hello", "Hello! This is interaction 1 of this thread."]);
    }

    // A turn of the offline assistant whose lease lapses, as if its process had been killed.
    private async Task LeaveAsync(string said)
    {
        foreach (var number in Enumerable.Range(2, 2_000))
        {
            _log.Nth(number, LogCall.Append).FailsBefore();
        }

        await Should.ThrowAsync<StoreUnavailableException>(async () => await NewChat().SayAsync(said).ToListAsync());
        _log.Heal();
    }

    private async Task<List<string>> TextsAsync() => [.. (await _store.LoadAsync("t"))!.Messages.Select(message => message.Text)];

    private sealed class FailingOnce : IChatClient
    {
        private readonly ScriptedModel _inner = new();
        private bool _hasFailed;

        public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            if (!_hasFailed)
            {
                _hasFailed = true;
                throw new InvalidOperationException("not now");
            }

            return _inner.GetResponseAsync(messages, options, cancellationToken);
        }

        public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
            => throw new NotSupportedException();

        public object? GetService(Type serviceType, object? serviceKey = null) => null;

        public void Dispose() => _inner.Dispose();
    }
}
