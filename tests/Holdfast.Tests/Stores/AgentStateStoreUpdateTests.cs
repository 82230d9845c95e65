using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Stores;

public sealed class AgentStateStoreUpdateTests
{
    private readonly TestStore _test = new();

    [Fact]
    public async Task Update_FiftyAtOnceInOneProcess_LosesNone()
    {
        await Parallel.ForAsync(0, 50, async (i, cancellationToken) =>
            await _test.Store.UpdateAsync("a", session => Count(session, i), cancellationToken: cancellationToken));

        await AllFiftyAreThereAsync();
        _test.Log.Requests.Count.ShouldBe(50);
    }

    [Fact]
    public async Task Update_FiftyAtOnceFromDifferentProcesses_LosesNone()
    {
        await Parallel.ForAsync(0, 50, new ParallelOptions { MaxDegreeOfParallelism = 50 }, async (i, cancellationToken) =>
            await _test.Another().UpdateAsync("a", session => Count(session, i), cancellationToken: cancellationToken));

        await AllFiftyAreThereAsync();
    }

    [Fact]
    public async Task Update_WhenOthersAreFaster_RunsTheChangeAgainOnAFreshSession()
    {
        await _test.CommitAsync("a", session => session.Variables.Set("count", 1));
        var seen = new List<int>();
        _test.Faults.Next(LogCall.Append).RunsBefore(async () => await _test.Another().UpdateAsync("a", session => session.Variables.Set("count", 10)));

        var commit = await _test.Store.UpdateAsync("a", session =>
        {
            seen.Add(session.Variables.Get("count", 0));
            session.Variables.Set("count", seen[^1] + 1);
        });

        seen.ShouldBe([1, 10]);
        commit.Version.ShouldBe(3);
        (await _test.Store.OpenAsync("a")).Variables.Get("count", 0).ShouldBe(11);
    }

    [Fact]
    public async Task Update_WhenOthersAreAlwaysFaster_GivesUpAfterTheAllowedAttempts()
    {
        var test = new TestStore(options => options.MaxUpdateAttempts = 3);
        var attempts = 0;
        test.Faults.Every(LogCall.Append).RunsBefore(async () => await new AgentStateStore(test.Memory).UpdateAsync("a", session => session.Say("faster")));

        var error = await Should.ThrowAsync<CommitConflictException>(async () => await test.Store.UpdateAsync("a", session =>
        {
            attempts++;
            session.Say("slower");
        }));

        attempts.ShouldBe(3);
        error.ExpectedVersion.ShouldBe(2);
        error.ActualVersion.ShouldBe(3);
    }

    [Fact]
    public async Task Update_WhenTheAnswerIsLost_IsNotWrittenTwice()
    {
        var runs = 0;
        _test.Faults.Next(LogCall.Append, 2).FailsAfter();

        var commit = await _test.Store.UpdateAsync("a", session =>
        {
            runs++;
            session.Say("hello");
        });

        commit.Version.ShouldBe(1);
        runs.ShouldBe(1);
        (await _test.TextsAsync("a")).ShouldBe(["hello"]);
    }

    [Fact]
    public async Task Update_WhenTheStoreStaysAway_ReportsIt()
    {
        _test.Faults.Every(LogCall.Append).FailsAfter();

        (await Should.ThrowAsync<StoreUnavailableException>(async () => await _test.Store.UpdateAsync("a", session => session.Say("hello"))))
            .OutcomeUnknown.ShouldBeTrue();

        (await _test.EntriesAsync("a")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Update_WhenTheStoreRefuses_ReportsItAtOnce()
    {
        _test.Faults.Every(LogCall.Append).FailsBefore();

        (await Should.ThrowAsync<StoreUnavailableException>(async () => await _test.Store.UpdateAsync("a", session => session.Say("hello"))))
            .OutcomeUnknown.ShouldBeFalse();

        _test.Faults.CountOf(LogCall.Append).ShouldBe(1);
        (await _test.Store.Thread("a").GetInfoAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Update_WhenTheThreadCannotBeRead_NeverTakesItForNew()
    {
        await _test.CommitAsync("a", session => session.Say("precious"));
        _test.Faults.Next(LogCall.ReadTail).FailsBefore();

        await Should.ThrowAsync<StoreUnavailableException>(async () => await _test.Store.UpdateAsync("a", session => session.Say("hello")));

        (await _test.TextsAsync("a")).ShouldBe(["precious"]);
    }

    [Fact]
    public async Task Update_AChangeThatThrows_CommitsNothing()
    {
        await Should.ThrowAsync<FormatException>(async () => await _test.Store.UpdateAsync("a", session =>
        {
            session.Say("half");
            throw new FormatException();
        }));

        (await _test.Store.Thread("a").GetInfoAsync()).ShouldBeNull();
        (await _test.Store.UpdateAsync("a", session => session.Say("whole"))).Version.ShouldBe(1);
    }

    [Fact]
    public async Task Update_WithoutAnyChange_WritesNothing()
    {
        (await _test.Store.UpdateAsync("a", _ => { })).IsEmpty.ShouldBeTrue();

        _test.Log.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Update_OpensTheThreadAsAsked()
    {
        await _test.Store.UpdateAsync("a", session => session.Say("hello"), new() { UserId = "ann", Agent = "Billing" });

        var info = (await _test.Store.Thread("a").GetInfoAsync())!;
        (info.UserId, info.Agent).ShouldBe(("ann", "Billing"));
        await Should.ThrowAsync<ThreadNotFoundException>(async () => await _test.Store.UpdateAsync("b", session => session.Say("hello"), new() { MustExist = true }));
        await Should.ThrowAsync<ThreadAccessDeniedException>(async () => await _test.Store.UpdateAsync("a", session => session.Say("hello"), new() { UserId = "bob" }));
    }

    [Fact]
    public async Task Update_AsynchronousChange_IsAwaited()
    {
        await _test.CommitAsync("a", session => session.Say("hello"));

        await _test.Store.UpdateAsync("a", async (session, cancellationToken) =>
        {
            var last = await session.History.LastAsync(1, cancellationToken);
            session.Variables.Set("last", last[0].Text);
        });

        (await _test.Store.OpenAsync("a")).Variables.Get("last", "").ShouldBe("hello");
    }

    [Fact]
    public async Task Update_WhoWaitsForAnotherUpdateOfTheThread_CanBeCancelled()
    {
        var gate = _test.Faults.Next(LogCall.Append).WaitsBefore();
        var first = _test.Store.UpdateAsync("a", session => session.Say("1")).AsTask();
        await gate.Reached;
        using var cancel = new CancellationTokenSource();
        var second = _test.Store.UpdateAsync("a", session => session.Say("2"), cancellationToken: cancel.Token).AsTask();

        await cancel.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => second);
        gate.Open();
        await first;
        (await _test.Store.UpdateAsync("a", session => session.Say("3"))).Version.ShouldBe(2);
        (await _test.TextsAsync("a")).ShouldBe(["1", "3"]);
    }

    [Fact]
    public async Task Update_OfDifferentThreads_DoesNotWaitForEachOther()
    {
        var gate = _test.Faults.Next(LogCall.Append).WaitsBefore();
        var slow = _test.Store.UpdateAsync("slow", session => session.Say("1")).AsTask();
        await gate.Reached;

        (await _test.Store.UpdateAsync("fast", session => session.Say("1"))).Version.ShouldBe(1);

        slow.IsCompleted.ShouldBeFalse();
        gate.Open();
        await slow;
    }

    private static void Count(ThreadSession session, int i)
    {
        session.Say("message " + i);
        session.Variables.Set("count", session.Variables.Get("count", 0) + 1);
    }

    private async Task AllFiftyAreThereAsync()
    {
        var session = await _test.Store.OpenAsync("a");
        session.Version.ShouldBe(50);
        session.Variables.Get("count", 0).ShouldBe(50);
        (await session.History.TextsAsync()).ShouldBe(Enumerable.Range(0, 50).Select(i => "message " + i), ignoreOrder: true);
        (await _test.Store.Thread("a").VerifyAsync())!.IsIntact.ShouldBeTrue();
    }
}
