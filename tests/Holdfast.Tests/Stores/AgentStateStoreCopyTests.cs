using Holdfast.Logs;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Stores;

public sealed class AgentStateStoreCopyTests
{
    private readonly TestStore _source = new();
    private readonly TestStore _target = new();

    [Fact]
    public async Task Copy_BringsEveryEntryAndHeadAsItIs()
    {
        await FillAsync();
        await _source.Store.Thread("gone").DeleteAsync();

        var result = await CopyAsync();

        result.ShouldSatisfyAllConditions(
            () => result.IsComplete.ShouldBeTrue(),
            () => result.Copied.ShouldBe(4, "three threads, and the variables of Ann"),
            () => result.Unchanged.ShouldBe(0),
            () => result.Bytes.ShouldBe(_target.Log.BytesWritten));
        foreach (var head in await HeadsAsync(_source))
        {
            await ShouldBeTheSameAsync(head);
        }

        (await _target.Store.OpenAsync("a", new() { UserId = "ann" })).User!.Get<string>("tongue").ShouldBe("en");
        (await _target.Store.Thread("gone").GetInfoAsync()).ShouldBeNull();
        (await _target.Store.Thread("gone").RestoreDeletedAsync()).ShouldBeTrue();
        (await _target.Store.Thread("a").VerifyAsync())!.IsIntact.ShouldBeTrue();
    }

    [Fact]
    public async Task Copy_Repeated_WritesNothing()
    {
        await FillAsync();
        await CopyAsync();
        _target.Log.Reset();

        var result = await CopyAsync();

        (result.Copied, result.Unchanged, result.Commits).ShouldBe((0, 4, 0));
        _target.Log.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Copy_Repeated_AddsWhatCameSince()
    {
        await FillAsync();
        await CopyAsync();
        await _source.CommitAsync("a", session => session.Say("later"));
        _target.Log.Reset();

        var result = await CopyAsync();

        (result.Copied, result.Commits).ShouldBe((1, 1));
        _target.Log.Requests.Count.ShouldBe(1);
        (await _target.TextsAsync("a"))[^1].ShouldBe("later");
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Copy_ThatBreaksOff_ShowsNoHalfThreadAndIsTakenUp(bool durable)
    {
        await FillAsync();
        var fault = _target.Faults.Nth(3, LogCall.Append);
        if (durable)
        {
            fault.FailsAfter();
        }
        else
        {
            fault.FailsBefore();
        }

        var one = new CopyOptions { Threads = ["a"] };
        await Should.ThrowAsync<StoreUnavailableException>(async () => await CopyAsync(one));
        (await _target.Store.Thread("a").GetInfoAsync()).ShouldBeNull();
        (await _target.Store.OpenAsync("a")).Version.ShouldBe(0);
        (await _target.Store.ListAsync(new() { Deleted = DeletedFilter.Include }).ToListAsync()).ShouldBeEmpty();

        var result = await CopyAsync(one);

        (result.Copied, result.Commits).ShouldBe((1, durable ? 6 : 7));
        await ShouldBeTheSameAsync((await _source.Memory.GetHeadAsync(ThreadKey.Of("a")))!);
    }

    [Fact]
    public async Task Copy_WhereTheTargetHasAnotherThread_OverwritesNothingAndCopiesTheRest()
    {
        await FillAsync();
        await _target.CommitAsync("a", session => session.Say("someone else's"));

        var result = await CopyAsync();

        result.IsComplete.ShouldBeFalse();
        var failure = result.Failures.ShouldHaveSingleItem();
        failure.Key.ShouldBe(ThreadKey.Of("a"));
        failure.Error.ShouldBeOfType<CommitConflictException>();
        result.Copied.ShouldBe(3);
        (await _target.TextsAsync("a")).ShouldBe(["someone else's"]);
    }

    [Fact]
    public async Task Copy_WhereTheTargetHasGoneOn_LeavesIt()
    {
        await FillAsync();
        await CopyAsync();
        await _target.CommitAsync("a", session => session.Say("newer"));

        var result = await CopyAsync();

        (result.IsComplete, result.Copied, result.Unchanged).ShouldBe((true, 0, 4));
        (await _target.TextsAsync("a"))[^1].ShouldBe("newer");
    }

    [Fact]
    public async Task Copy_WhereBothHaveGoneOn_IsAConflict()
    {
        await FillAsync();
        await CopyAsync();
        await _target.CommitAsync("a", session => session.Say("here"));
        await _source.CommitAsync("a", session => session.Say("there"));
        await _source.CommitAsync("a", session => session.Say("and there"));

        (await CopyAsync()).Failures.ShouldHaveSingleItem().Error.ShouldBeOfType<CommitConflictException>();

        (await _target.TextsAsync("a"))[^1].ShouldBe("here");
    }

    [Fact]
    public async Task Copy_OfADamagedThread_IsAFailureThatNamesIt()
    {
        await FillAsync();
        _source.Log.ShowEntry = entry => entry is { Version: 4 } && entry.Key.Id == "a" ? entry with { Body = "{}"u8.ToArray() } : entry;

        var failure = (await CopyAsync()).Failures.ShouldHaveSingleItem();

        failure.Error.ShouldBeOfType<CorruptStateException>().Version.ShouldBe(4);
        (await _target.Store.Thread("a").GetInfoAsync()).ShouldBeNull();
        (await _target.Store.Thread("b").GetInfoAsync()).ShouldNotBeNull();
    }

    [Fact]
    public async Task Copy_OfWhatADamagedThreadHasGot_LeavesTheThreadInTheTarget()
    {
        await _source.CommitAsync("a", session => session.Say("1"));
        await CopyAsync();
        for (var i = 2; i <= 5; i++)
        {
            await _source.CommitAsync("a", session => session.Say($"{i}"));
        }

        _source.Log.ShowEntry = entry => entry is { Version: 4 } ? entry with { Body = "{}"u8.ToArray() } : entry;

        for (var time = 1; time <= 2; time++)
        {
            (await CopyAsync()).Failures.ShouldHaveSingleItem().Error.ShouldBeOfType<CorruptStateException>().Version.ShouldBe(4);
            (await _target.TextsAsync("a")).ShouldBe(["1", "2", "3"]);
            (await _target.Store.Thread("a").VerifyAsync())!.Problems.ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task Copy_WhereTheTargetHasDroppedMore_AddsWhatIsNewer()
    {
        await WorkAsync(1, 600);
        await CopyAsync();
        _target.Clock.Advance(TimeSpan.FromDays(2));
        var kept = (await _target.Store.Thread("a").TrimAsync(new() { KeepVersions = 1 }))!.KeepFrom;
        kept.ShouldBeGreaterThan(1);
        await WorkAsync(601, 605);

        (await CopyAsync()).IsComplete.ShouldBeTrue();

        var info = (await _target.Store.Thread("a").GetInfoAsync())!;
        (info.FirstVersion, info.Version).ShouldBe((kept, 605));
        (await _target.Store.Thread("a").VerifyAsync())!.Problems.ShouldBeEmpty();
        (await CopyAsync()).Unchanged.ShouldBe(1);
    }

    [Fact]
    public async Task Copy_OfAnEarlierState_WhichTheTargetHasDropped_LeavesTheThread()
    {
        await WorkAsync(1, 100);
        await CopyAsync();
        await WorkAsync(101, 600, _target);
        _target.Clock.Advance(TimeSpan.FromDays(2));
        await _target.Store.Thread("a").TrimAsync(new() { KeepVersions = 1 });

        (await CopyAsync()).ShouldSatisfyAllConditions(result => result.IsComplete.ShouldBeTrue(), result => result.Unchanged.ShouldBe(1));
    }

    [Fact]
    public async Task Copy_WhereTheSourceHasDroppedWhatTheTargetHasNotYet_SaysSo()
    {
        await WorkAsync(1, 100);
        await CopyAsync();
        await WorkAsync(101, 600);
        _source.Clock.Advance(TimeSpan.FromDays(2));
        await _source.Store.Thread("a").TrimAsync(new() { KeepVersions = 1 });

        (await CopyAsync()).Failures.ShouldHaveSingleItem().Error.ShouldBeOfType<HistoryDroppedException>().Message.ShouldContain("up to version 100");

        (await _target.Store.Thread("a").GetInfoAsync())!.Version.ShouldBe(100);
        await _target.Store.Thread("a").EraseAsync();
        (await CopyAsync()).IsComplete.ShouldBeTrue();
    }

    [Fact]
    public async Task CopyAndExport_OfAThreadThatListingsLeaveOut_TellIt()
    {
        await FillAsync();
        _source.Log.Damaged = ThreadKey.Of("a");

        var copied = await CopyAsync(new() { AllTenants = true });
        var exported = await _source.Store.ExportAsync(Stream.Null);

        copied.Failures.ShouldHaveSingleItem().Key.ShouldBe(ThreadKey.Of("a"));
        (copied.IsComplete, copied.Copied).ShouldBe((false, 3));
        exported.Failures.ShouldHaveSingleItem().Key.ShouldBe(ThreadKey.Of("a"));
        (exported.IsComplete, exported.Threads).ShouldBe((false, 3));
    }

    [Fact]
    public async Task Copy_ThatIsCancelled_LeavesAThreadThatTheTargetHadThere()
    {
        await _source.CommitAsync("a", session => session.Say("1"));
        await CopyAsync();
        await _source.CommitAsync("a", session => session.Say("2"));
        await _source.CommitAsync("a", session => session.Say("3"));
        using var cancelled = new CancellationTokenSource();
        _source.Log.ShowEntry = entry =>
        {
            if (entry is { Version: 3 })
            {
                cancelled.Cancel();
                cancelled.Token.ThrowIfCancellationRequested();
            }

            return entry;
        };

        await Should.ThrowAsync<OperationCanceledException>(async () => await _source.Store.CopyToAsync(_target.Store, cancellationToken: cancelled.Token));

        (await _target.TextsAsync("a")).ShouldBe(["1", "2"]);
    }

    [Fact]
    public async Task Copy_ThatTheTargetGarbles_IsFoundByReadingItBack()
    {
        await FillAsync();
        _target.Log.ShowEntry = entry => entry is { Version: 2 } && entry.Key.Id == "a" ? entry with { CommitId = RawThread.IdOf(9) } : entry;

        (await CopyAsync()).Failures.ShouldHaveSingleItem().Error.ShouldBeOfType<CorruptStateException>().Message.ShouldContain("in the copy");
    }

    [Fact]
    public async Task Copy_OfRewrittenEntries_KeepsTheirMark()
    {
        await _source.CommitAsync("a", session => session.Say("secret"));
        await _source.CommitAsync("a", session => session.Say(new string('x', 31_234)));
        var keyframe = await _source.CommitAsync("a", session => session.Say("keyframe"));
        keyframe.IsKeyframe.ShouldBeTrue();
        await _source.Memory.RewriteAsync(ThreadKey.Of("a"), new Dictionary<long, ReadOnlyMemory<byte>> { [1] = "{\"v\":1}"u8.ToArray() });

        (await CopyAsync()).IsComplete.ShouldBeTrue();

        (await _target.EntriesAsync("a"))[0].RewrittenHash.ShouldNotBeNull();
    }

    [Fact]
    public async Task Copy_KeepsWhenThreadsExpire_AndLeavesExpiredOnesBehind()
    {
        await FillAsync();
        await _source.Store.Thread("a").ExtendAsync(TimeSpan.FromHours(2));
        await _source.Store.Thread("b").ExtendAsync(TimeSpan.FromHours(1));
        await CopyAsync();
        await _source.Store.Thread("a").ExtendAsync(TimeSpan.FromHours(3));
        await CopyAsync();
        (await _target.Store.Thread("a").GetInfoAsync())!.ExpiresAt.ShouldBe((await _source.Store.Thread("a").GetInfoAsync())!.ExpiresAt);

        _source.Clock.Advance(TimeSpan.FromHours(1));
        var another = new TestStore();
        await _source.Store.CopyToAsync(another.Store);

        (await HeadsAsync(another)).Select(head => head.Key.Id.Value).ShouldNotContain("b");
    }

    [Fact]
    public async Task Copy_OfATenant_BringsOnlyItsOwn_AndOfAllTenants_Everything()
    {
        await FillAsync();
        await _source.Store.ForTenant("acme").UpdateAsync("a", session => session.Say("acme's"));

        await _source.Store.ForTenant("acme").CopyToAsync(_target.Store);
        (await HeadsAsync(_target)).Select(head => head.Key.ToString()).ShouldBe(["acme:a"]);

        await CopyAsync(new() { AllTenants = true });
        (await HeadsAsync(_target)).Count.ShouldBe(5);
    }

    [Fact]
    public async Task Copy_ByQuery_BringsTheThreadsThatMatchAndNothingElse()
    {
        await FillAsync();
        await _source.Store.ForTenant("acme").UpdateAsync("done", session => session.Status = ThreadStatus.Completed);
        await _source.CommitAsync("done", session => session.Status = ThreadStatus.Completed, new() { UserId = "ann" });
        await _source.CommitAsync("done-and-gone", session => session.Status = ThreadStatus.Completed);
        await _source.Store.Thread("done-and-gone").DeleteAsync();
        await _source.CommitAsync("done-and-expired", session => session.Status = ThreadStatus.Completed);
        await _source.Store.Thread("done-and-expired").ExtendAsync(TimeSpan.FromDays(1));
        _source.Clock.Advance(TimeSpan.FromDays(31));
        await _source.CommitAsync("done-lately", session => session.Status = ThreadStatus.Completed);
        var old = new ThreadQuery { Status = ThreadStatus.Completed, UpdatedBefore = _source.Clock.GetUtcNow() - TimeSpan.FromDays(30) };

        var result = await CopyAsync(new() { Query = old with { PageSize = 1, Order = ThreadOrder.RecentlyUpdated } });

        (result.Copied, result.IsComplete).ShouldBe((1, true));
        (await HeadsAsync(_target)).Select(head => head.Key.ToString()).ShouldBe(["done"], "and not the variables of its user");
        await CopyAsync(new() { Query = old with { Deleted = DeletedFilter.Only } });
        (await HeadsAsync(_target)).Select(head => head.Key.ToString()).ShouldBe(["done", "done-and-gone"]);
        var nothing = await CopyAsync(new() { Query = new() { IdPrefix = "nothing-like-this" } });
        (nothing.Copied, nothing.Unchanged, nothing.IsComplete).ShouldBe((0, 0, true));
    }

    [Fact]
    public async Task Copy_ByQuery_MeetsEveryThreadOfManyPages()
    {
        for (var i = 0; i < ThreadQuery.MaxPageSize + 5; i++)
        {
            await _source.CommitAsync($"thread/{i}", session => session.Say("hello"));
        }

        (await CopyAsync(new() { Query = new() { IdPrefix = "thread/", PageSize = 10 } })).Copied.ShouldBe(ThreadQuery.MaxPageSize + 5);
    }

    [Fact]
    public async Task Copy_TellsHowFarItIs()
    {
        await FillAsync();
        var progress = new LastProgress();

        await _source.Store.CopyToAsync(_target.Store, new() { Parallelism = 1 }, progress);

        progress.All[0].ShouldBe(new(0, 4, 0, 12, 0));
        progress.All[^1].ShouldBe(new(4, 4, 12, 12, _target.Log.BytesWritten));
        progress.All.Select(report => report.Commits).ShouldBeInOrder();
    }

    [Fact]
    public async Task Copy_WithBadOptions_IsRefused()
    {
        await Should.ThrowAsync<ArgumentException>(async () => await _source.Store.CopyToAsync(_source.Store.ForTenant("other")));
        await Should.ThrowAsync<ArgumentException>(async () => await CopyAsync(new() { Parallelism = 0 }));
        await Should.ThrowAsync<ArgumentException>(async () => await CopyAsync(new() { AllTenants = true, Threads = ["a"] }));
        await Should.ThrowAsync<ThreadNotFoundException>(async () => await CopyAsync(new() { Threads = ["nobody"] }));
        (await Should.ThrowAsync<ArgumentException>(async () => await CopyAsync(new() { Query = new(), Threads = ["a"] }))).Message.ShouldContain("CopyOptions.Threads");
        (await Should.ThrowAsync<ArgumentException>(async () => await CopyAsync(new() { Query = new(), AllTenants = true }))).Message.ShouldContain("CopyOptions.AllTenants");
        (await Should.ThrowAsync<ArgumentException>(async () => await CopyAsync(new() { Query = new() { Continuation = "x" } }))).Message.ShouldContain("continuation");
        await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await CopyAsync(new() { Query = new() { PageSize = 0 } }));
        await Should.ThrowAsync<InvalidIdentifierException>(async () => await CopyAsync(new() { Query = new() { IdPrefix = "" } }));
    }

    private ValueTask<CopyResult> CopyAsync(CopyOptions? options = null) => _source.Store.CopyToAsync(_target.Store, options);

    // Thread a with 9 commits, one of them a keyframe; b and gone with one; and the variables of a user.
    private async Task FillAsync()
    {
        var session = await _source.Store.OpenAsync("a", new() { UserId = "ann", Agent = "helper" });
        session.User!.Set("tongue", "en");
        for (var i = 1; i <= 9; i++)
        {
            session.Say(i == 5 ? new string('x', 31_234) : $"{i}");
            session.Variables.Set("i", i);
            session.Metadata.Set("i", i);
            await session.CommitAsync();
        }

        await _source.CommitAsync("b", other => other.Say("hello"));
        await _source.CommitAsync("gone", other => other.Say("hello"));
    }

    private async Task WorkAsync(int from, int to, TestStore? store = null)
    {
        var session = await (store ?? _source).Store.OpenAsync("a");
        for (var i = from; i <= to; i++)
        {
            session.Variables.Set("n", i);
            session.Variables.Set("filler", new string('x', 200) + i);
            await session.CommitAsync();
        }
    }

    private static async Task<List<ThreadHead>> HeadsAsync(TestStore store)
    {
        var heads = new List<ThreadHead>();
        foreach (var space in ThreadSpaceNames.All)
        {
            var query = new HeadQuery
            {
                Space = space,
                Tenant = null,
                Filter = new() { Deleted = DeletedFilter.Include, Order = ThreadOrder.Id },
                AsOf = store.Clock.GetUtcNow(),
                Expired = ExpiredFilter.Include,
            };
            heads.AddRange(await store.Memory.ListAllAsync(query).ToListAsync());
        }

        return heads;
    }

    private async Task ShouldBeTheSameAsync(ThreadHead head)
    {
        var copy = (await _target.Memory.GetHeadAsync(head.Key)).ShouldNotBeNull();
        (copy with { Metadata = head.Metadata, Properties = head.Properties, Revision = head.Revision }).ShouldBe(head);
        copy.Properties.ShouldBe(head.Properties);
        copy.Metadata.Select(pair => (pair.Key, pair.Value.GetRawText())).ShouldBe(head.Metadata.Select(pair => (pair.Key, pair.Value.GetRawText())));
        var entries = await _source.Memory.ReadAsync(head.Key).ToListAsync();
        var copies = await _target.Memory.ReadAsync(head.Key).ToListAsync();
        copies.Select(entry => entry with { Body = default }).ShouldBe(entries.Select(entry => entry with { Body = default }));
        copies.Select(entry => Convert.ToHexString(entry.Body.Span)).ShouldBe(entries.Select(entry => Convert.ToHexString(entry.Body.Span)));
    }

    private sealed class LastProgress : IProgress<CopyProgress>
    {
        public List<CopyProgress> All { get; } = [];

        public void Report(CopyProgress value) => All.Add(value);
    }
}
