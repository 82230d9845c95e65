using Holdfast.Logs;
using Holdfast.Testing.Shared;
using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Feeds;

/// <summary>What a watch tells of one thread: each commit once, in order, and how the thread ends.</summary>
public sealed class WatchTests
{
    private static readonly ThreadKey Key = ThreadKey.Of("a");
    private readonly TestStore _test = new();

    private ThreadHandle Thread => _test.Store.Thread("a");

    [Fact]
    public async Task Watch_AfterTheBeginning_TellsWhatIsThereAndThenWhatIsCommitted()
    {
        await SayAsync("one", "two");
        await using var watch = Watch(ThreadPosition.Beginning);

        (await NextVersionsAsync(watch, 2)).ShouldBe([1, 2]);
        watch.Begin();
        await SayAsync("three");

        var told = (await watch.NextAsync()).ShouldBeOfType<ThreadCommitted>();
        told.ThreadId.ShouldBe("a");
        told.Messages.Select(message => message.Text).ShouldBe(["three"]);
        told.Commit.ShouldSatisfyAllConditions(
            commit => commit.Version.ShouldBe(3),
            commit => commit.MessageCount.ShouldBe(1),
            commit => commit.At.ShouldBe(_test.Clock.GetUtcNow()));
        told.Position.ShouldBe((await Thread.GetInfoAsync())!.Position);
    }

    [Fact]
    public async Task Watch_OfAThreadThatIsErasedWhileItsPositionIsCompared_EndsWithItsLife()
    {
        await SayAsync("one");
        var after = (await Thread.GetInfoAsync())!.Position;
        await SayAsync("two", "three");
        _test.Faults.Nth(1, Testing.LogCall.Read).RunsBefore(async () => await new AgentStateStore(_test.Memory).Thread("a").EraseAsync());

        await using var watch = Watch(after);

        (await watch.NextAsync()).ShouldBeOfType<ThreadEnded>().Life.ShouldBe(after.Life);
    }

    [Fact]
    public async Task Watch_FromNow_TellsOnlyWhatComes()
    {
        await SayAsync("one", "two");
        await using var watch = new Told<ThreadEvent>(Thread.WatchAsync());
        watch.Begin();

        await SayAsync("three");

        (await NextVersionsAsync(watch, 1)).ShouldBe([3]);
    }

    [Fact]
    public async Task Watch_FromNow_OfAThreadThatIsNotThere_TellsAllOfIt()
    {
        await using var watch = new Told<ThreadEvent>(Thread.WatchAsync());
        watch.Begin();

        await SayAsync("one", "two");

        (await NextVersionsAsync(watch, 2)).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task Watch_AfterAStoredPosition_GoesOnThere()
    {
        await SayAsync("one", "two", "three");
        string stored;
        await using (var watch = Watch(ThreadPosition.Beginning))
        {
            stored = (await watch.NextAsync(2))[^1].Position.ToString();
        }

        await using var again = Watch(ThreadPosition.Parse(stored));

        (await NextVersionsAsync(again, 1)).ShouldBe([3]);
    }

    [Fact]
    public async Task Watch_AfterThePositionOfAState_MissesNothingInBetween()
    {
        await SayAsync("one");
        var state = (await Thread.LoadAsync())!;
        await SayAsync("two");

        await using var watch = Watch(state.Position!.Value);

        (await NextVersionsAsync(watch, 1)).ShouldBe([2]);
    }

    [Fact]
    public async Task Watch_OfALongThread_ReadsItInParts()
    {
        for (var i = 0; i < 300; i++)
        {
            await SayAsync("x");
        }

        _test.Log.Reset();
        await using var watch = Watch(ThreadPosition.Beginning);
        await watch.NextAsync();
        var bytes = _test.Log.BytesRead;

        (await NextVersionsAsync(watch, 299)).ShouldBe(Enumerable.Range(2, 299).Select(version => (long)version));
        _test.Log.BytesRead.ShouldBeGreaterThan(bytes * 2);
    }

    [Fact]
    public async Task Watch_ReadsNoFurtherAheadThanItMustForLargeCommits()
    {
        for (var i = 0; i < 4; i++)
        {
            await SayAsync(new string('x', 1_500_000));
        }

        _test.Log.Reset();
        await using var watch = Watch(ThreadPosition.Beginning);

        await watch.NextAsync();

        _test.Log.BytesRead.ShouldBeLessThan(4_000_000);
        (await NextVersionsAsync(watch, 3)).ShouldBe([2, 3, 4]);
    }

    [Fact]
    public async Task Watch_OfAnIdleThread_CostsAReadOfTheHead()
    {
        await SayAsync("one");
        _test.Log.Reset();

        // It is not to look again before it is asked what the first look cost.
        await using var watch = new Told<ThreadEvent>(Thread.WatchAsync(new WatchOptions { PollInterval = TimeSpan.FromHours(1) }));

        watch.Begin();

        (_test.Log.Calls, _test.Log.HeadReads).ShouldBe((1, 1));
    }

    [Fact]
    public async Task Watch_ThatFallsBehindTheOldestVersion_IsToldOfTheGap()
    {
        await SayAsync("one", "two");
        await using var watch = Watch(ThreadPosition.Beginning);
        var first = await watch.NextAsync();
        await SayAsync(new string('x', 20_000), "four", "five");
        await TrimAsync(4);

        await using var again = Watch(first.Position);
        var dropped = (await again.NextAsync()).ShouldBeOfType<VersionsDropped>();

        (dropped.From, dropped.To).ShouldBe((2, 3));
        (await NextVersionsAsync(again, 2)).ShouldBe([4, 5]);

        // What stands after the gap is a position like any other.
        await using var after = Watch(dropped.Position);
        (await NextVersionsAsync(after, 2)).ShouldBe([4, 5]);
        await using var beginning = Watch(ThreadPosition.Beginning);
        (await beginning.NextAsync()).ShouldBeOfType<VersionsDropped>().From.ShouldBe(1);
    }

    [Fact]
    public async Task Watch_ThatIsTrimmedBetweenHeadAndEntries_IsToldOfTheGap()
    {
        await SayAsync("one", new string('x', 20_000), "three", "four");
        _test.Log.AfterHeadRead = () => TrimAsync(3);
        await using var watch = Watch(ThreadPosition.Beginning);

        (await watch.NextAsync()).ShouldBeOfType<VersionsDropped>().To.ShouldBe(2);
        (await NextVersionsAsync(watch, 2)).ShouldBe([3, 4]);
    }

    [Fact]
    public async Task Erase_EndsTheWatch()
    {
        await SayAsync("one");
        await using var watch = Watch(ThreadPosition.Beginning);
        var life = (await watch.NextAsync()).Position.Life;
        watch.Begin();

        await Thread.EraseAsync();

        var ended = (await watch.NextAsync()).ShouldBeOfType<ThreadEnded>();
        (ended.Reason, ended.Life, ended.IsBegunAgain, ended.Position).ShouldBe((ThreadEnd.Erased, life, false, ThreadPosition.Beginning));
        (await watch.EndsAsync()).ShouldBeTrue();
    }

    [Fact]
    public async Task Thread_ThatWasBegunAgain_EndsTheWatchOfItsFormerLife_AndIsToldAfterIt()
    {
        await SayAsync("first life", "goes on");
        await using var watch = Watch(ThreadPosition.Beginning);
        var position = (await watch.NextAsync(2))[0].Position;
        await Thread.EraseAsync();
        await SayAsync("second life");

        var ended = (await watch.NextAsync()).ShouldBeOfType<ThreadEnded>();
        ended.IsBegunAgain.ShouldBeTrue();
        await using var stored = Watch(position);
        (await stored.NextAsync()).ShouldBe(ended);
        await using var next = Watch(ended.Position);
        (await next.NextAsync()).ShouldBeOfType<ThreadCommitted>().Messages[0].Text.ShouldBe("second life");
    }

    [Fact]
    public async Task Watch_AfterAPositionOfAThreadThatIsGone_IsToldOfItsEnd()
    {
        await SayAsync("one");
        var position = (await Thread.GetInfoAsync())!.Position;
        await Thread.EraseAsync();

        await using var watch = Watch(position);

        (await watch.NextAsync()).ShouldBeOfType<ThreadEnded>().Life.ShouldBe(position.Life);
    }

    [Fact]
    public async Task Expiry_EndsTheWatch()
    {
        await SayAsync("one");
        await Thread.ExtendAsync(TimeSpan.FromHours(1));
        await using var watch = Watch(ThreadPosition.Beginning);
        await watch.NextAsync();
        watch.Begin();

        _test.Clock.Advance(TimeSpan.FromHours(2));

        (await watch.NextAsync()).ShouldBeOfType<ThreadEnded>().Reason.ShouldBe(ThreadEnd.Expired);
        (await watch.EndsAsync()).ShouldBeTrue();
    }

    [Fact]
    public async Task DeletedThread_ShowsNothingUntilItIsRestored()
    {
        await SayAsync("one", "two");
        await using var watch = Watch(ThreadPosition.Beginning);
        var told = await watch.NextAsync(2);
        await Thread.DeleteAsync();

        (await watch.NextAsync()).ShouldBeOfType<ThreadDeleted>().Position.ShouldBe(told[1].Position);
        await using var late = Watch(ThreadPosition.Beginning);
        (await late.NextAsync()).ShouldBeOfType<ThreadDeleted>();
        watch.Begin();
        late.Begin();
        await Thread.RestoreDeletedAsync();

        (await NextVersionsAsync(watch, 2)).ShouldBe([3, 4]);
        (await NextVersionsAsync(late, 4)).ShouldBe([1, 2, 3, 4]);
    }

    [Theory, InlineData(2), InlineData(3)]
    public async Task Position_OfAnotherWayThatTheThreadWent_IsRefused(int version)
    {
        // The second store is as if a backup of version 1 had been restored, and the thread gone on from there.
        var (first, second) = (PinnedStore(), PinnedStore());
        await SayAsync(first, "one", "two", "three");
        await SayAsync(second, "one", "zwei", "drei");
        await using var watch = new Told<ThreadEvent>(first.Thread("a").WatchAsync(ThreadPosition.Beginning));
        var positions = (await watch.NextAsync(3)).ConvertAll(told => told.Position);

        await using var other = new Told<ThreadEvent>(second.Thread("a").WatchAsync(positions[version - 1]));
        var error = await Should.ThrowAsync<UnknownPositionException>(other.NextAsync);

        (error.Code, error.Position, error.Version).ShouldBe((ErrorCodes.UnknownPosition, positions[version - 1], 3));
        await using var shared = new Told<ThreadEvent>(second.Thread("a").WatchAsync(positions[0]));
        (await NextVersionsAsync(shared, 2)).ShouldBe([2, 3]);
    }

    [Fact]
    public async Task Position_BeyondTheThread_IsRefused()
    {
        await SayAsync("one");
        var position = (await Thread.GetInfoAsync())!.Position;

        await using var watch = Watch(position with { Version = 7 });

        await Should.ThrowAsync<UnknownPositionException>(watch.NextAsync);
    }

    [Fact]
    public async Task Position_JustBeforeTheOldestVersion_IsComparedToo()
    {
        await SayAsync("one", new string('x', 20_000), "three", "four");
        await using var all = Watch(ThreadPosition.Beginning);
        var position = (await all.NextAsync(2))[1].Position;
        await TrimAsync(3);

        await using var watch = Watch(position);
        (await NextVersionsAsync(watch, 2)).ShouldBe([3, 4]);
        await using var other = Watch(position with { Chain = position.Chain + 1 });
        await Should.ThrowAsync<UnknownPositionException>(other.NextAsync);
    }

    [Fact]
    public async Task StoreThatWasRestoredUnderTheWatch_IsRefused()
    {
        var store = PinnedStore(out var memory);
        await SayAsync(store, "one", "two", "three");
        await using var watch = new Told<ThreadEvent>(store.Thread("a").WatchAsync(new WatchOptions { After = ThreadPosition.Beginning, PollInterval = TimeSpan.FromMilliseconds(10) }));
        await watch.NextAsync(3);

        await memory.EraseAsync(Key);
        await SayAsync(store, "one", "zwei", "drei", "vier");

        await Should.ThrowAsync<UnknownPositionException>(watch.NextAsync);
    }

    [Fact]
    public async Task StoreThatWasRestoredUnderTheWatch_IsRefused_BeforeAnythingOfTheOtherWayIsTold()
    {
        var store = PinnedStore(out var memory);
        await SayAsync(store, "one", "two");
        await using var watch = new Told<ThreadEvent>(store.Thread("a").WatchAsync(new WatchOptions { After = ThreadPosition.Beginning, PollInterval = TimeSpan.FromMilliseconds(10) }));
        await watch.NextAsync(2);

        // More than is read at once.
        await memory.EraseAsync(Key);
        await SayAsync(store, "one", "zwei", new string('x', 2 << 20), "vier");

        await Should.ThrowAsync<UnknownPositionException>(watch.NextAsync);
    }

    [Fact]
    public async Task DamagedCommit_IsToldAfterThoseBeforeIt()
    {
        await SayAsync("one", "two", "three");
        _test.Log.ShowEntry = entry => entry.Version == 3 ? entry with { Body = "{}"u8.ToArray() } : entry;
        await using var watch = Watch(ThreadPosition.Beginning);

        (await NextVersionsAsync(watch, 2)).ShouldBe([1, 2]);

        (await Should.ThrowAsync<CorruptStateException>(watch.NextAsync)).Version.ShouldBe(3);
    }

    [Fact]
    public async Task BackendThatFailsForAWhile_IsTriedAgain_AndNothingIsMissed()
    {
        await SayAsync("one");
        await using var watch = Watch(ThreadPosition.Beginning);
        await watch.NextAsync();
        await SayAsync("two", "three");

        _test.Faults.Next(Testing.LogCall.AnyRead, 3).FailsBefore();

        (await NextVersionsAsync(watch, 2)).ShouldBe([2, 3]);
    }

    [Fact]
    public async Task BackendThatFailsForTooLong_EndsTheWatch_AndItGoesOnAfterTheLastPosition()
    {
        await SayAsync("one", "two");
        await using var watch = new Told<ThreadEvent>(Thread.WatchAsync(new WatchOptions { After = ThreadPosition.Beginning, MaxOutage = TimeSpan.Zero }));
        var told = await watch.NextAsync(2);
        _test.Faults.Next(Testing.LogCall.AnyRead).FailsBefore();

        await Should.ThrowAsync<StoreUnavailableException>(watch.NextAsync);

        await SayAsync("three");
        await using var again = Watch(told[1].Position);
        (await NextVersionsAsync(again, 1)).ShouldBe([3]);
    }

    [Fact]
    public async Task Watch_ThatIsCancelled_EndsWithThat()
    {
        using var source = new CancellationTokenSource();
        await using var watch = new Told<ThreadEvent>(Thread.WatchAsync(source.Token));
        watch.Begin();

        await source.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(watch.NextAsync);
    }

    [Fact]
    public async Task Store_ThatIsDisposedOf_EndsItsWatches()
    {
        var store = new AgentStateStore(new InMemoryCommitLog());
        await using var watch = new Told<ThreadEvent>(store.Thread("a").WatchAsync(new WatchOptions { PollInterval = TimeSpan.FromHours(1) }));
        watch.Begin();

        await store.DisposeAsync();

        await Should.ThrowAsync<ObjectDisposedException>(watch.NextAsync);
    }

    [Fact]
    public async Task CommitThroughTheSameStore_WakesTheWatchAtOnce()
    {
        await SayAsync("one");
        await using var watch = new Told<ThreadEvent>(Thread.WatchAsync(new WatchOptions { PollInterval = TimeSpan.FromHours(1) }));
        watch.Begin();

        await _test.Store.ForTenant("other").UpdateAsync("a", session => session.History.Add(ChatRole.User, "of another thread"));
        watch.HasCome.ShouldBeFalse();
        await SayAsync("two");

        (await NextVersionsAsync(watch, 1)).ShouldBe([2]);
    }

    [Fact]
    public async Task CommitThroughAnotherStore_IsFoundByPolling()
    {
        await using var watch = Watch(ThreadPosition.Beginning);
        watch.Begin();

        await SayAsync(_test.Another(), "one");

        (await NextVersionsAsync(watch, 1)).ShouldBe([1]);
    }

    [Fact]
    public async Task Watch_BesideManyWriters_TellsEachCommitOnce()
    {
        const int Commits = 200;
        await using var watch = new Told<ThreadEvent>(Thread.WatchAsync(ThreadPosition.Beginning));
        var writers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < Commits / 4; i++)
            {
                await _test.Store.UpdateAsync("a", session => session.History.Add(ChatRole.User, "x"));
            }
        })).ToList();

        (await NextVersionsAsync(watch, Commits)).ShouldBe(Enumerable.Range(1, Commits).Select(version => (long)version));
        await Task.WhenAll(writers);
    }

    [Theory, InlineData("bob"), InlineData(null)]
    public async Task UserView_WatchesOnlyWhatIsTheUsers(string? owner)
    {
        await _test.CommitAsync("a", session => session.Say("secret"), new() { UserId = owner });
        var position = (await Thread.GetInfoAsync())!.Position;
        var view = _test.Store.ForUser("ann").Thread("a");
        await using var watch = new Told<ThreadEvent>(view.WatchAsync(ThreadPosition.Beginning));
        watch.Begin();
        await _test.Store.UpdateAsync("a", session => session.Say("more"));

        // As if it was not there.
        await using var known = new Told<ThreadEvent>(view.WatchAsync(position));
        (await known.NextAsync()).ShouldBeOfType<ThreadEnded>().Reason.ShouldBe(ThreadEnd.Erased);
        watch.HasCome.ShouldBeFalse();

        await Thread.EraseAsync();
        await _test.Store.ForUser("ann").UpdateAsync("a", session => session.Say("mine"));
        (await watch.NextAsync()).ShouldBeOfType<ThreadCommitted>().Messages[0].Text.ShouldBe("mine");
    }

    [Fact]
    public void Options_OutOfTheirRange_AreRefusedAtOnce()
    {
        Should.Throw<ArgumentOutOfRangeException>(() => Thread.WatchAsync(new WatchOptions { PollInterval = TimeSpan.Zero }));
        Should.Throw<ArgumentOutOfRangeException>(() => Thread.WatchAsync(new ThreadPosition(-1, CommitId.New(TimeProvider.System), 0)));
    }

    private static AgentStateStore PinnedStore() => PinnedStore(out _);

    private static AgentStateStore PinnedStore(out InMemoryCommitLog memory)
        => new(new PinnedLog(memory = new()), new() { TimeProvider = new FakeTimeProvider(new DateTimeOffset(2026, 11, 21, 8, 0, 0, TimeSpan.Zero)) });

    private static async Task<List<long>> NextVersionsAsync(Told<ThreadEvent> watch, int count)
        => (await watch.NextAsync(count)).ConvertAll(told => told.ShouldBeOfType<ThreadCommitted>().Commit.Version);

    private static async Task SayAsync(AgentStateStore store, params string[] texts)
    {
        foreach (var text in texts)
        {
            await store.UpdateAsync("a", session => session.History.Add(ChatRole.User, text));
        }
    }

    private Told<ThreadEvent> Watch(ThreadPosition after) => new(Thread.WatchAsync(new WatchOptions { After = after, PollInterval = TimeSpan.FromMilliseconds(10) }));

    private Task SayAsync(params string[] texts) => SayAsync(_test.Store, texts);

    private async Task TrimAsync(long below)
    {
        (await _test.EntriesAsync("a")).Single(entry => entry.Version == below).IsKeyframe.ShouldBeTrue();
        (await _test.Memory.RewriteAsync(new() { Key = Key, DropBelow = below })).ShouldBeTrue();
    }
}
