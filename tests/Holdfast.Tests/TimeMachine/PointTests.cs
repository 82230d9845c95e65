using Holdfast.Logs;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.TimeMachine;

/// <summary>Which version a point is, and what is told where there is none.</summary>
public sealed class PointTests
{
    private readonly TestStore _test = new();

    private ThreadHandle Thread => _test.Store.Thread("a");

    [Fact]
    public async Task Load_AtAPoint_IsTheVersionThatIsMeant()
    {
        var times = await FillAsync(9);

        (await Thread.LoadAsync())!.Version.ShouldBe(9);
        (await Thread.LoadAsync(ThreadPoint.Newest))!.Version.ShouldBe(9);
        (await Thread.LoadAsync(4))!.Version.ShouldBe(4);
        (await Thread.LoadAsync(ThreadPoint.Back(2)))!.Messages.Count.ShouldBe(7);
        for (var version = 1; version <= 9; version++)
        {
            (await Thread.LoadAsync(ThreadPoint.AtTime(times[version - 1])))!.Version.ShouldBe(version);
            (await Thread.LoadAsync(ThreadPoint.AtTime(times[version - 1].AddSeconds(59))))!.Version.ShouldBe(version);
        }

        (await _test.Store.LoadAsync("a", new LoadOptions { Point = ThreadPoint.Back(8), LastMessages = 1 }))!.Version.ShouldBe(1);
    }

    [Fact]
    public async Task Load_BeforeTheFirstCommit_IsTheEmptyState()
    {
        await FillAsync(3);

        var empty = (await Thread.LoadAsync(0))!;

        (empty.Version, empty.Position, empty.Messages.Count, empty.Variables.Count, empty.Status).ShouldBe((0, null, 0, 0, ThreadStatus.Idle));
        (await Thread.LoadAsync(ThreadPoint.Back(3)))!.ShouldBe(empty);
        await Should.ThrowAsync<CommitConflictException>(async () => await _test.Store.SaveAsync("a", empty));
    }

    [Fact]
    public async Task Point_ThatTheThreadDoesNotHave_IsTold()
    {
        var times = await FillAsync(3);
        ThreadPoint[] points = [4, ThreadPoint.Back(4), ThreadPoint.AtLabel("x"), ThreadPoint.AtTime(times[0].AddMilliseconds(-1))];

        foreach (var point in points)
        {
            var error = await Should.ThrowAsync<PointNotFoundException>(async () => await Thread.LoadAsync(point), point.ToString());
            (error.Code, error.Key, error.Point, error.CurrentVersion).ShouldBe((ErrorCodes.PointNotFound, ThreadKey.Of("a"), point, 3));
            (await _test.Store.LoadAsync("b", point)).ShouldBeNull(point.ToString());
        }
    }

    [Fact]
    public async Task Point_ThatWasDropped_IsTold()
    {
        var times = await FillAsync(40, bytes: 2_000);
        var first = (await _test.EntriesAsync("a")).First(entry => entry.IsKeyframe).Version;
        await _test.Memory.RewriteAsync(new RewriteRequest { Key = ThreadKey.Of("a"), DropBelow = first });
        ThreadPoint[] points = [first - 1, ThreadPoint.Back(40 - first + 1), ThreadPoint.AtTime(times[(int)first - 2])];

        foreach (var point in points)
        {
            var error = await Should.ThrowAsync<HistoryDroppedException>(async () => await Thread.LoadAsync(point), point.ToString());
            (error.Version, error.FirstVersion).ShouldBe((first - 1, first));
        }

        (await Thread.LoadAsync(ThreadPoint.AtTime(times[(int)first - 1])))!.Version.ShouldBe(first);
        (await Thread.LogAsync(new() { From = 1, To = first + 1 }).Select(commit => commit.Version).ToListAsync()).ShouldBe([first + 1, first]);
    }

    [Fact]
    public async Task Time_InALongThread_IsFoundInFewReads()
    {
        var times = await FillAsync(1_000);
        var before = _test.Log.Calls;

        (await Thread.LoadAsync(ThreadPoint.AtTime(times[399])))!.Version.ShouldBe(400);

        (_test.Log.Calls - before).ShouldBeLessThan(25);
    }

    [Fact]
    public async Task Time_WhereClocksDiffer_IsAVersionThatIsNotLater()
    {
        var minutes = new[] { 10, 20, 15, 40, 30, 35, 60, 50 };
        var start = _test.Clock.GetUtcNow();
        foreach (var minute in minutes)
        {
            _test.Clock.AdjustTime(start.AddMinutes(minute));
            await _test.CommitAsync("a", session => session.Say("x"));
        }

        for (var minute = 10; minute < 60; minute++)
        {
            var version = (await Thread.LoadAsync(ThreadPoint.AtTime(start.AddMinutes(minute))))!.Version!.Value;
            minutes[version - 1].ShouldBeLessThanOrEqualTo(minute);
            (version == minutes.Length || minutes[version] > minute).ShouldBeTrue($"minute {minute}, version {version}");
        }
    }

    [Fact]
    public async Task Log_OfARange_TakesPoints()
    {
        var times = await FillAsync(9);

        (await VersionsAsync(new() { From = ThreadPoint.Back(1) })).ShouldBe([9, 8]);
        (await VersionsAsync(new() { From = ThreadPoint.AtTime(times[3]), To = ThreadPoint.AtTime(times[5].AddSeconds(1)), Ascending = true })).ShouldBe([4, 5, 6]);
        (await VersionsAsync(new() { From = ThreadPoint.Back(100), To = 2 })).ShouldBe([2, 1]);
        (await VersionsAsync(new() { From = ThreadPoint.AtTime(times[0].AddYears(-1)), To = 100 })).Count.ShouldBe(9);
        (await VersionsAsync(new() { To = ThreadPoint.AtTime(times[0].AddYears(-1)) })).ShouldBeEmpty();
        (await VersionsAsync(new() { From = 10 })).ShouldBeEmpty();
        await Should.ThrowAsync<PointNotFoundException>(async () => await VersionsAsync(new() { From = ThreadPoint.AtLabel("x") }));
        Should.Throw<ArgumentOutOfRangeException>(() => Thread.LogAsync(new LogQuery { From = 3, To = 2 }));
        Should.Throw<ArgumentOutOfRangeException>(() => Thread.LogAsync(new LogQuery { From = 0 }));
    }

    [Fact]
    public async Task Log_OfAFork_FromOrToATimeBeforeIt_HasItsOwnCommits()
    {
        var times = await FillAsync(5);
        var fork = _test.Store.Thread("f");
        await Thread.ForkAsync("f", new() { At = 3 });
        await _test.CommitAsync("f", session => session.Say("x"));

        (await fork.LogAsync(new() { From = ThreadPoint.AtTime(times[0].AddYears(-1)) }).Select(commit => commit.Version).ToListAsync()).ShouldBe([5, 4]);
        (await fork.LogAsync(new() { From = ThreadPoint.AtTime(times[1]), Ascending = true }).Select(commit => commit.Version).ToListAsync()).ShouldBe([4, 5]);
        (await fork.LogAsync(new() { To = ThreadPoint.AtTime(times[1]) }).ToListAsync()).ShouldBeEmpty();
        (await fork.LoadAsync(ThreadPoint.AtTime(times[1])))!.Version.ShouldBe(2, "a point is found in what the fork shows of the other thread too");
    }

    [Fact]
    public async Task Log_OfWhatChangedAKey_HasNoOtherKeyWhoseNameBeginsLikeIt()
    {
        await _test.CommitAsync("a", session => session.Variables.Set("a", 1));
        await _test.CommitAsync("a", session => session.Variables.Set("a/b", 1));
        await _test.CommitAsync("a", session => session.Variables.Remove("a/b"));
        await _test.CommitAsync("a", session => session.Records.Put("a/b", 1));
        await _test.CommitAsync("a", session => session.Tools["search"].Set("a", 1));

        (await VersionsAsync(new() { Changed = "variables/a" })).ShouldBe([1]);
        (await VersionsAsync(new() { Changed = "variables/a/b" })).ShouldBe([3, 2]);
        (await VersionsAsync(new() { Changed = "variables" })).ShouldBe([3, 2, 1]);
        (await VersionsAsync(new() { Changed = "records/a" })).ShouldBeEmpty();
        (await VersionsAsync(new() { Changed = "records" })).ShouldBe([4]);
        (await VersionsAsync(new() { Changed = "tools" })).ShouldBe([5]);
        (await VersionsAsync(new() { Changed = "tools/search" })).ShouldBe([5]);
        (await VersionsAsync(new() { Changed = "tools/search/a" })).ShouldBe([5]);
        (await VersionsAsync(new() { Changed = "tool" })).ShouldBeEmpty();
        (await VersionsAsync(new() { Changed = "" })).ShouldBeEmpty();
    }

    private async Task<List<long>> VersionsAsync(LogQuery query) => await Thread.LogAsync(query).Select(commit => commit.Version).ToListAsync();

    private async Task<List<DateTimeOffset>> FillAsync(int commits, int bytes = 1)
    {
        var times = new List<DateTimeOffset>();
        for (var i = 1; i <= commits; i++)
        {
            times.Add((await _test.CommitAsync("a", session => session.Say(new string('x', bytes)))).At);
            _test.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        return times;
    }
}
