using Holdfast.Logs;
using Holdfast.Testing;
using Holdfast.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Holdfast.Tests.Stores;

/// <summary>A store over a log on the network repeats what failed.</summary>
public sealed class RetryTests
{
    private static readonly AgentStateOptions Quick = new() { Retry = new() { MaxRetries = 3, Delay = TimeSpan.Zero, MaxDelay = TimeSpan.Zero } };

    private readonly InMemoryCommitLog _memory = new();
    private readonly FaultInjectingLog _log;
    private readonly AgentStateStore _store;

    public RetryTests()
    {
        _log = new(_memory) { Capabilities = LogCapabilities.Remote };
        _store = new(_log, Quick);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Commit_ThatFailsForAMoment_IsWrittenOnce(bool durable)
    {
        var session = await _store.OpenAsync("a");
        session.Say("hello");
        Fail(_log.Next(LogCall.Append, 3), durable);

        (await session.CommitAsync()).Version.ShouldBe(1);

        _log.CountOf(LogCall.Append).ShouldBe(4);
        (await _store.OpenAsync("a")).History.Count.ShouldBe(1);
        (await _store.Thread("a").VerifyAsync())!.IsIntact.ShouldBeTrue();
    }

    [Fact]
    public async Task Commit_ThatFailsForLonger_ReportsTheFailureAndCanBeRepeated()
    {
        var session = await _store.OpenAsync("a");
        session.Say("hello");
        _log.Next(LogCall.Append, 4).FailsBefore();

        (await Should.ThrowAsync<StoreUnavailableException>(async () => await session.CommitAsync())).OutcomeUnknown.ShouldBeFalse();

        _log.CountOf(LogCall.Append).ShouldBe(4);
        (await session.CommitAsync()).Version.ShouldBe(1);
    }

    [Fact]
    public async Task Commit_WhoseFirstAnswerWasLost_HasAnUnknownOutcomeWhateverTheLaterTriesSay()
    {
        var session = await _store.OpenAsync("a");
        session.Say("hello");
        _log.Next(LogCall.Append).FailsAfter();
        _log.Nth(2, LogCall.Append).FailsBefore();
        _log.Nth(3, LogCall.Append).FailsBefore();
        _log.Nth(4, LogCall.Append).FailsBefore();

        (await Should.ThrowAsync<StoreUnavailableException>(async () => await session.CommitAsync())).OutcomeUnknown.ShouldBeTrue();

        (await session.CommitAsync()).Version.ShouldBe(1);
        (await _store.OpenAsync("a")).History.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Commit_CancelledAfterItsAnswerWasLost_HasAnUnknownOutcome()
    {
        using var cancellation = new CancellationTokenSource();
        var session = await _store.OpenAsync("a");
        session.Say("hello");
        _log.Next(LogCall.Append).RunsAfter(() =>
        {
            cancellation.Cancel();
            throw new StoreUnavailableException("lost", outcomeUnknown: true);
        });

        (await Should.ThrowAsync<StoreUnavailableException>(async () => await session.CommitAsync(cancellationToken: cancellation.Token))).OutcomeUnknown.ShouldBeTrue();
    }

    [Fact]
    public async Task Commit_OfALocalLog_IsNotRepeated()
    {
        var local = new FaultInjectingLog(_memory);
        var session = await new AgentStateStore(local, Quick).OpenAsync("a");
        session.Say("hello");
        local.Next(LogCall.Append).FailsBefore();

        await Should.ThrowAsync<StoreUnavailableException>(async () => await session.CommitAsync());

        local.CountOf(LogCall.Append).ShouldBe(1);
    }

    [Fact]
    public async Task Retries_TurnedOff_LeaveFailuresToTheCaller()
    {
        var store = new AgentStateStore(_log, new() { Retry = new() { MaxRetries = 0 } });
        _log.Next(LogCall.ReadTail).FailsBefore();

        await Should.ThrowAsync<StoreUnavailableException>(async () => await store.OpenAsync("a"));
    }

    [Fact]
    public async Task Reading_ThatBreaksOffInTheMiddle_GoesOnWhereItWas()
    {
        for (var i = 1; i <= 5; i++)
        {
            await _store.UpdateAsync("a", session => session.Say($"{i}"));
        }

        _log.Next(LogCall.Read, 3).FailsAfter();
        var versions = new List<long>();
        await foreach (var commit in _store.Thread("a").LogAsync())
        {
            versions.Add(commit.Version);
        }

        versions.ShouldBe([5, 4, 3, 2, 1]);
        _log.CountOf(LogCall.Read).ShouldBe(4);
    }

    [Fact]
    public async Task Reading_OfEachKind_IsRepeated()
    {
        await _store.UpdateAsync("a", session => session.Say("hello"));
        _log.Next(LogCall.GetHead).FailsBefore();
        _log.Next(LogCall.List).FailsBefore();
        _log.Next(LogCall.UpdateHead).FailsAfter();

        (await _store.Thread("a").GetInfoAsync()).ShouldNotBeNull();
        (await _store.ListAsync().CountAsync()).ShouldBe(1);
        (await _store.Thread("a").ExtendAsync(TimeSpan.FromDays(1))).ShouldBeTrue();
    }

    [Fact]
    public async Task Erasure_WhoseAnswerWasLost_IsNotRepeated()
    {
        await _store.UpdateAsync("a", session => session.Say("hello"));
        _log.Next(LogCall.Erase).FailsAfter();

        (await Should.ThrowAsync<StoreUnavailableException>(async () => await _store.Thread("a").EraseAsync())).OutcomeUnknown.ShouldBeTrue();
    }

    [Fact]
    public async Task Erasure_OfWhichNothingWasDone_IsRepeated()
    {
        await _store.UpdateAsync("a", session => session.Say("hello"));
        _log.Next(LogCall.Erase, 3).FailsBefore();

        (await _store.Thread("a").EraseAsync()).ShouldBeTrue();

        _log.CountOf(LogCall.Erase).ShouldBe(4);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task ConditionalChange_IsRepeatedUnlessItMayBeDone(bool rewrites)
    {
        await _store.UpdateAsync("a", session => session.Say("hello"));
        var head = (await _memory.GetHeadAsync(ThreadKey.Of("a")))!;
        var log = new RetryingLog(_log, Quick.Retry, NullLogger.Instance);
        var call = rewrites ? LogCall.Rewrite : LogCall.UpdateHead;
        _log.Next(call, 3).FailsBefore();

        (await ChangeAsync()).ShouldBeTrue();

        _log.CountOf(call).ShouldBe(4);
        head = (await _memory.GetHeadAsync(ThreadKey.Of("a")))!;
        _log.Next(call).FailsAfter();
        (await Should.ThrowAsync<StoreUnavailableException>(async () => await ChangeAsync())).OutcomeUnknown.ShouldBeTrue();
        _log.CountOf(call).ShouldBe(5);

        async ValueTask<bool> ChangeAsync() => rewrites
            ? await log.RewriteAsync(new() { Key = head.Key, IfUnchanged = head.Stamp })
            : await log.UpdateHeadAsync(new() { Key = head.Key, IfRevision = head.Revision, Expiry = new(null) }) is not null;
    }

    [Fact]
    public async Task Repetition_CancelledWhileNothingIsWritten_IsCancelled()
    {
        using var cancellation = new CancellationTokenSource();
        var store = new AgentStateStore(_log, new() { Retry = new() { Delay = TimeSpan.FromMinutes(1), MaxDelay = TimeSpan.FromMinutes(1) } });
        _log.Next(LogCall.ReadTail).RunsAfter(() =>
        {
            cancellation.Cancel();
            throw new StoreUnavailableException("down");
        });

        await Should.ThrowAsync<OperationCanceledException>(async () => await store.OpenAsync("a", cancellationToken: cancellation.Token));
    }

    [Theory]
    [InlineData(-1, 1, 1)]
    [InlineData(101, 1, 1)]
    [InlineData(1, -1, 1)]
    [InlineData(1, 61, 61)]
    [InlineData(1, 2, 1)]
    [InlineData(1, 1, 3601)]
    public void Options_OutOfRange_AreRefused(int retries, int delay, int longest)
        => Should.Throw<StateConfigurationException>(() => new AgentStateStore(
            _log, new() { Retry = new() { MaxRetries = retries, Delay = TimeSpan.FromSeconds(delay), MaxDelay = TimeSpan.FromSeconds(longest) } })).Message.ShouldContain("RetryOptions.");

    private static void Fail(FaultPlan plan, bool durable)
    {
        if (durable)
        {
            plan.FailsAfter();
        }
        else
        {
            plan.FailsBefore();
        }
    }
}
