using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Sessions;

public sealed class ThreadSessionCommitTests
{
    private readonly TestStore _test = new();

    [Fact]
    public async Task Commit_WithoutChanges_WritesNothing()
    {
        var session = await _test.Store.OpenAsync("a");
        _test.Log.Reset();

        var commit = await session.CommitAsync();

        commit.IsEmpty.ShouldBeTrue();
        commit.Version.ShouldBe(0);
        _test.Log.Calls.ShouldBe(0);
        (await _test.Store.Thread("a").GetInfoAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Commit_OfWhatIsThereAlready_WritesNothing()
    {
        await _test.CommitAsync("a", Change);
        _test.Log.Reset();

        var commit = await _test.CommitAsync("a", Change);

        commit.IsEmpty.ShouldBeTrue();
        commit.Version.ShouldBe(1);
        commit.ThreadId.ShouldBe((ThreadId)"a");
        _test.Log.Requests.ShouldBeEmpty();

        static void Change(ThreadSession session)
        {
            session.Variables.Set("name", "Ann");
            session.Variables.Remove("nobody");
            session.Status = ThreadStatus.Thinking;
            session.Agent = "Billing";
            session.History.Clear();
            session.History.KeepLast(10);
        }
    }

    [Fact]
    public async Task Commit_AKeepLastThatCutsNothing_WritesNothing()
    {
        await _test.CommitAsync("a", session => session.Say("1", "2"));
        _test.Log.Reset();
        var session = await _test.Store.OpenAsync("a");
        session.History.KeepLast(2);

        var commit = await session.CommitAsync();

        commit.IsEmpty.ShouldBeTrue();
        session.HasChanges.ShouldBeFalse();
        _test.Log.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Commit_OfATurn_CostsOneAppend()
    {
        var session = await _test.Store.OpenAsync("a");
        _test.Log.Reset();
        session.Say("hello");
        session.Variables.Set("name", "Ann");
        session.Metadata.Set("topic", "greeting");
        session.Todos.Add("reply");
        session.Tools["search"].Set("cursor", 7);
        session.Status = ThreadStatus.Thinking;

        await session.CommitAsync();

        _test.Log.Calls.ShouldBe(1);
        _test.Log.Requests.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Commit_OfASessionThatIsKept_ReadsNothing()
    {
        var session = await _test.Store.OpenAsync("a");
        _test.Log.Reset();

        for (var turn = 1; turn <= 1000; turn++)
        {
            session.Say("turn " + turn);
            session.Variables.Set("turns", turn);
            (await session.CommitAsync()).Version.ShouldBe(turn);
        }

        _test.Log.Calls.ShouldBe(1000);
        _test.Log.Requests.Count.ShouldBe(1000);
    }

    [Fact]
    public async Task Commit_TellsWhatItDid_AsTheLogOfCommitsDoes()
    {
        await _test.CommitAsync("a", session => session.Variables.Set("old", 1));
        var session = await _test.Store.OpenAsync("a", new() { Agent = "Billing" });
        session.Say("one", "two");
        session.Variables.Set("name", "Ann");
        session.Tools["search"].Set("cursor", 7);
        session.Variables.Remove("old");
        session.Status = ThreadStatus.Completed;
        session.History.KeepLast(1);

        var commit = await session.CommitAsync("turn");

        commit.Version.ShouldBe(2);
        commit.At.ShouldBe(_test.Clock.GetUtcNow());
        commit.Agent.ShouldBe("Billing");
        commit.Reason.ShouldBe("turn");
        commit.Status.ShouldBe(ThreadStatus.Completed);
        commit.MessageCount.ShouldBe(2);
        commit.Set.ShouldBe(["variables/name", "tools/search/cursor"]);
        commit.Removed.ShouldBe(["variables/old"]);
        commit.ChangedHistory.ShouldBeTrue();
        commit.Bytes.ShouldBe((await _test.EntriesAsync("a"))[1].Body.Length);
        commit.CommitId.Value.Version.ShouldBe(7);
        (await _test.Store.Thread("a").LogAsync().FirstAsync()).ShouldBeEquivalentTo(commit);
    }

    [Fact]
    public async Task Commit_LargerThanAllowed_IsRefusedAndCanBeMadeSmaller()
    {
        var test = new TestStore(options => options.MaxCommitBytes = 1024);
        var session = await test.Store.OpenAsync("a");
        session.Variables.Set("small", "x");
        session.Variables.Set("large", new string('x', 1024));

        var error = await Should.ThrowAsync<StateTooLargeException>(async () => await session.CommitAsync());

        error.Code.ShouldBe(ErrorCodes.TooLarge);
        error.Message.ShouldContain("'a'");
        error.Message.ShouldContain("1,024");
        test.Log.Requests.ShouldBeEmpty();
        session.Variables.Remove("large");
        (await session.CommitAsync()).Set.ShouldBe(["variables/small"]);
    }

    [Fact]
    public async Task Commit_WhileAnotherOneOfTheSessionRuns_IsRefused()
    {
        var session = await _test.Store.OpenAsync("a");
        session.Say("hello");
        var gate = _test.Faults.Next(Testing.LogCall.Append).WaitsBefore();
        var first = session.CommitAsync().AsTask();
        await gate.Reached;

        await Should.ThrowAsync<InvalidOperationException>(async () => await session.CommitAsync());

        gate.Open();
        (await first).Version.ShouldBe(1);
    }

    [Fact]
    public async Task Commit_CancelledBeforeItWasSent_WritesNothingAndCanBeRepeated()
    {
        var session = await _test.Store.OpenAsync("a");
        session.Say("hello");
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(async () => await session.CommitAsync(null, cancelled.Token));

        (await _test.Store.Thread("a").GetInfoAsync()).ShouldBeNull();
        (await session.CommitAsync()).Version.ShouldBe(1);
        (await _test.TextsAsync("a")).ShouldBe(["hello"]);
    }

    [Fact]
    public async Task Commit_CancelledOnceTheThreadIsDurable_ReportsSuccess()
    {
        using var cancel = new CancellationTokenSource();
        var session = await _test.Store.OpenAsync("a", new() { UserId = "ann" });
        session.Say("hello");
        session.User.Set("city", "Oslo");
        _test.Faults.Next(Testing.LogCall.Append).RunsAfter(cancel.CancelAsync);

        (await session.CommitAsync(null, cancel.Token)).Version.ShouldBe(1);

        (await _test.Store.OpenAsync("b", new() { UserId = "ann" })).User.Get("city", "").ShouldBe("Oslo");
    }

    [Fact]
    public async Task Commit_OnAStaleSession_TellsTheVersions()
    {
        var stale = await _test.Store.OpenAsync("a");
        stale.Say("mine");
        await _test.CommitAsync("a", session => session.Say("1"));
        await _test.CommitAsync("a", session => session.Say("2"));

        var error = await Should.ThrowAsync<CommitConflictException>(async () => await stale.CommitAsync());

        error.Code.ShouldBe(ErrorCodes.CommitConflict);
        error.Key.ShouldBe(ThreadKey.Of("a"));
        error.ExpectedVersion.ShouldBe(0);
        error.ActualVersion.ShouldBe(2);
        stale.HasChanges.ShouldBeTrue();
        stale.Version.ShouldBe(0);
        (await _test.TextsAsync("a")).ShouldBe(["1", "2"]);
    }

    [Fact]
    public async Task Commit_OnAThreadThatWasErased_IsAConflict()
    {
        await _test.CommitAsync("a", session => session.Say("1"));
        var stale = await _test.Store.OpenAsync("a");
        stale.Say("mine");
        await _test.Store.Thread("a").EraseAsync();

        (await Should.ThrowAsync<CommitConflictException>(async () => await stale.CommitAsync())).ActualVersion.ShouldBe(0);
    }

    [Fact]
    public async Task Commit_OnAThreadThatWasErasedAndBegunAnew_IsAConflict()
    {
        await _test.CommitAsync("a", session => session.Say("old"));
        var stale = await _test.Store.OpenAsync("a");
        stale.Say("mine");
        await _test.Store.Thread("a").EraseAsync();
        await _test.CommitAsync("a", session => session.Say("new"));

        await Should.ThrowAsync<CommitConflictException>(async () => await stale.CommitAsync());

        (await _test.TextsAsync("a")).ShouldBe(["new"]);
    }

    [Fact]
    public async Task Dispose_OfNothing_ASessionThatIsDroppedLeavesNoTrace()
    {
        var session = await _test.Store.OpenAsync("a", new() { UserId = "ann", Agent = "Billing" });
        session.Say("hello");
        session.User.Set("city", "Oslo");

        (await _test.Store.Thread("a").GetInfoAsync()).ShouldBeNull();
        (await _test.Store.OpenAsync("b", new() { UserId = "ann" })).User.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Commit_WhileTheHistoryIsEnumerated_DoesNotDisturb()
    {
        var session = await _test.Store.OpenAsync("a");
        session.Say("1", "2", "3");
        await session.CommitAsync();
        var read = new List<string>();

        await foreach (var message in session.History)
        {
            read.Add(message.Text);
            session.History.Add(ChatRole.Assistant, "echo " + message.Text);
            await session.CommitAsync();
        }

        read.ShouldBe(["1", "2", "3"]);
        session.History.Count.ShouldBe(6);
    }
}
