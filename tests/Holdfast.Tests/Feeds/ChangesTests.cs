using Holdfast.Logs;
using Holdfast.Testing.Shared;
using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Feeds;

/// <summary>Which threads have moved: each is told at least once, whatever clocks and indexes do.</summary>
public sealed class ChangesTests
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(10);
    private readonly TestStore _test = new();

    [Fact]
    public async Task Feed_AfterTheBeginning_TellsEveryThreadThatIsThere_AndThenWhatChanges()
    {
        await SayAsync("a");
        await SayAsync("b");
        await using var feed = Feed(new() { After = ChangesPosition.Beginning });

        (await feed.NextAsync(2)).Select(change => change.Thread.Id.Value).ShouldBe(["a", "b"]);
        feed.Begin();
        await SayAsync("c");

        var change = await feed.NextAsync();
        (change.Thread.Id.Value, change.Thread.Version).ShouldBe(("c", 1));
        change.Thread.Position.ShouldBe((await _test.Store.Thread("c").GetInfoAsync())!.Position);
    }

    [Fact]
    public async Task Feed_FromNow_TellsOnlyWhatChanges()
    {
        await SayAsync("old");
        await using var feed = new Told<ThreadChange>(_test.Store.ChangesAsync());
        feed.Begin();

        await SayAsync("new");
        await SayAsync("old");

        (await feed.NextAsync()).Thread.Id.Value.ShouldBe("new");
        (await feed.NextAsync()).Thread.Id.Value.ShouldBe("old");
    }

    [Fact]
    public async Task Feed_AfterAStoredPosition_MissesNothing()
    {
        ThreadChange last;
        await SayAsync("a");
        await using (var feed = Feed(new() { After = ChangesPosition.Beginning }))
        {
            last = await feed.NextAsync();
        }

        _test.Clock.Advance(TimeSpan.FromHours(1));
        await SayAsync("b");
        _test.Clock.Advance(TimeSpan.FromMinutes(1));
        await SayAsync("c");

        await using var again = Feed(new() { After = ChangesPosition.Parse(last.Position.ToString()) });
        var told = new List<string>();
        while (!told.Contains("b") || !told.Contains("c"))
        {
            told.Add((await again.NextAsync()).Thread.Id.Value);
        }
    }

    [Fact]
    public async Task Position_MovesOnlyOnceAListingWasToldWhole()
    {
        await SayAsync("a");
        await SayAsync("b");
        await using var feed = Feed(new() { After = ChangesPosition.Beginning });

        var told = await feed.NextAsync(2);

        told[0].Position.ShouldBe(ChangesPosition.Beginning);
        told[1].Position.ShouldNotBe(ChangesPosition.Beginning);
    }

    [Fact]
    public async Task CommitWithAClockThatIsBehind_IsFoundByTheFullPass()
    {
        await using var feed = Feed(new() { After = ChangesPosition.Beginning, Overlap = TimeSpan.Zero, FullPassInterval = TimeSpan.FromMinutes(10) });
        feed.Begin();
        await SayAsync("a");
        (await feed.NextAsync()).Thread.Id.Value.ShouldBe("a");

        var behind = new AgentStateStore(_test.Memory, new() { TimeProvider = new FakeTimeProvider(_test.Clock.GetUtcNow() - TimeSpan.FromHours(3)) });
        await behind.UpdateAsync("late", session => session.History.Add(ChatRole.User, "x"));
        _test.Clock.Advance(TimeSpan.FromSeconds(1));
        await SayAsync("b");
        (await feed.NextAsync()).Thread.Id.Value.ShouldBe("b");

        _test.Clock.Advance(TimeSpan.FromMinutes(11));
        (await feed.NextAsync()).Thread.Id.Value.ShouldBe("late");
    }

    [Fact]
    public async Task Feed_OfAQuery_TellsThreadsThatMatch()
    {
        await using var feed = Feed(new() { After = ChangesPosition.Beginning, Threads = new() { IdPrefix = "b/" } });

        await SayAsync("a/1");
        await SayAsync("b/1");

        (await feed.NextAsync()).Thread.Id.Value.ShouldBe("b/1");
    }

    [Fact]
    public async Task DeletedThread_IsToldOf()
    {
        await SayAsync("a");
        await using var feed = Feed(new() { After = ChangesPosition.Beginning });
        (await feed.NextAsync()).Thread.DeletedAt.ShouldBeNull();

        await _test.Store.Thread("a").DeleteAsync();

        (await feed.NextAsync()).Thread.DeletedAt.ShouldNotBeNull();
    }

    [Fact]
    public async Task UserView_IsToldOfItsOwnThreadsAlone()
    {
        await using var feed = new Told<ThreadChange>(_test.Store.ForUser("ann").ChangesAsync(new ChangesQuery { After = ChangesPosition.Beginning, PollInterval = Poll }));
        await _test.CommitAsync("b", session => session.Say("x"), new() { UserId = "bob" });
        await _test.CommitAsync("n", session => session.Say("x"));
        await _test.CommitAsync("a", session => session.Say("x"), new() { UserId = "ann" });

        (await feed.NextAsync()).Thread.Id.Value.ShouldBe("a");
    }

    [Fact]
    public async Task Feed_BesideManyWriters_TellsOfTheLastCommitOfEachThread()
    {
        await using var feed = new Told<ThreadChange>(_test.Store.ChangesAsync(new ChangesQuery { After = ChangesPosition.Beginning, PollInterval = Poll }));
        var writers = Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < 50; i++)
            {
                await SayAsync($"t{i % 5}");
            }
        })).ToList();

        var versions = new Dictionary<string, long>();
        while (versions.Count < 5 || versions.Values.Any(version => version < 40))
        {
            var thread = (await feed.NextAsync()).Thread;
            versions[thread.Id.Value] = thread.Version;
        }

        await Task.WhenAll(writers);
    }

    [Fact]
    public async Task BackendThatFails_IsTriedAgain()
    {
        await using var feed = Feed(new() { After = ChangesPosition.Beginning });
        await SayAsync("a");
        _test.Faults.Next(Testing.LogCall.List, 2).FailsBefore();

        (await feed.NextAsync()).Thread.Id.Value.ShouldBe("a");
    }

    [Fact]
    public async Task Feed_FromNow_TellsInItsFullPassNothingThatHasNotChangedSince()
    {
        await SayAsync("old");
        _test.Clock.Advance(TimeSpan.FromHours(2));
        await using var feed = Feed(new() { FullPassInterval = TimeSpan.FromMinutes(15) });
        feed.Begin();
        await SayAsync("first");
        (await feed.NextAsync()).Thread.Id.Value.ShouldBe("first");

        feed.Begin();
        _test.Clock.Advance(TimeSpan.FromMinutes(16));
        await SayAsync("second");

        (await feed.NextAsync()).Thread.Id.Value.ShouldBe("second");
    }

    [Fact]
    public async Task FullPass_IsNotPutOffByAPollIntervalThatIsLonger()
    {
        await using var feed = new Told<ThreadChange>(_test.Store.ChangesAsync(
            new ChangesQuery { After = ChangesPosition.Beginning, PollInterval = TimeSpan.FromHours(1), FullPassInterval = TimeSpan.FromSeconds(1) }));
        await SayAsync("a");
        (await feed.NextAsync()).Thread.Id.Value.ShouldBe("a");
        feed.Begin();

        // By another process, of which nothing is told here.
        _test.Clock.Advance(TimeSpan.FromSeconds(2));
        await new AgentStateStore(_test.Memory, new() { TimeProvider = _test.Clock }).UpdateAsync("b", session => session.History.Add(ChatRole.User, "x"));

        (await feed.NextAsync()).Thread.Id.Value.ShouldBe("b");
    }

    [Fact]
    public async Task ThreadThatIsCopiedWithItsTimes_IsToldToWhoeverBeginsAgain()
    {
        var source = new TestStore();
        await source.Store.UpdateAsync("copied", session => session.History.Add(ChatRole.User, "x"));
        _test.Clock.Advance(TimeSpan.FromDays(3));
        await SayAsync("a");
        await using var feed = Feed(new() { After = ChangesPosition.Beginning });
        (await feed.NextAsync()).Thread.Id.Value.ShouldBe("a");
        feed.Begin();

        (await source.Store.CopyToAsync(_test.Store)).Failures.ShouldBeEmpty();
        _test.Clock.Advance(TimeSpan.FromMinutes(20));
        await SayAsync("b");
        (await feed.NextAsync()).Thread.Id.Value.ShouldBe("b");

        await using var again = Feed(new() { After = ChangesPosition.Beginning });
        (await again.NextAsync(3)).Select(change => change.Thread.Id.Value).ShouldBe(["a", "b", "copied"]);
    }

    [Fact]
    public void Query_OutOfItsRange_IsRefusedAtOnce()
    {
        Should.Throw<ArgumentException>(() => _test.Store.ChangesAsync(new ChangesQuery { Threads = new() { UpdatedSince = _test.Clock.GetUtcNow() } })).Message.ShouldContain("the feed sets them");
        Should.Throw<ArgumentOutOfRangeException>(() => _test.Store.ChangesAsync(new ChangesQuery { FullPassInterval = TimeSpan.Zero }));
    }

    private Told<ThreadChange> Feed(ChangesQuery query) => new(_test.Store.ChangesAsync(query with { PollInterval = Poll }));

    private async Task SayAsync(ThreadId id) => await _test.Store.UpdateAsync(id, session => session.History.Add(ChatRole.User, "x"));
}
