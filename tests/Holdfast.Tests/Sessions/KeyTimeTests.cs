using System.Text.Json;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Sessions;

/// <summary>A key that was set for a time is gone after it, whoever looks, wherever it is.</summary>
public sealed class KeyTimeTests
{
    private static readonly TimeSpan Minutes = TimeSpan.FromMinutes(5);
    private static readonly OpenOptions All = new() { UserId = "ann", LoadApp = true };

    private readonly TestStore _test = new();

    [Fact]
    public async Task AKeyWithATime_IsGoneAfterIt()
    {
        var session = await _test.Store.OpenAsync("a", All);
        foreach (var section in Sections(session))
        {
            section.Set("otp", "123456", Minutes);
            section.Set("name", "John");
        }

        await session.CommitAsync();
        _test.Clock.Advance(Minutes - TimeSpan.FromMilliseconds(1));
        Sections(session).ShouldAllBe(section => section.Get("otp", "") == "123456");
        Sections(await _test.Another().OpenAsync("a", All)).ShouldAllBe(section => section.Count == 2);
        _test.Clock.Advance(TimeSpan.FromMilliseconds(1));

        foreach (var section in Sections(session).Concat(Sections(await _test.Another().OpenAsync("a", All))))
        {
            (section.Contains("otp"), section.Get("otp", "none"), section["otp"], section.Count).ShouldBe((false, "none", null, 1));
            section.Keys.ShouldBe(["name"]);
            section.Select(pair => pair.Key).ShouldBe(["name"]);
            section.ToJson().ToString().ShouldBe("""{"name":"John"}""");
            section.ToString().ShouldNotContain("otp");
            section.Remove("otp").ShouldBeFalse();
        }
    }

    [Fact]
    public async Task ALoad_ShowsWhatASessionShows()
    {
        await _test.CommitAsync("a", session =>
        {
            session.Variables.Set("otp", 1, Minutes);
            session.Variables.Set("name", "John");
            session.Tools["search"].Set("page", 2, Minutes);
            session.Section("acme").Set("x", 3, Minutes);
        });
        var before = (await _test.Store.LoadAsync("a"))!;
        (before.Variables.Count, before.Tools.Count, before.OtherSections.Keys.Single()).ShouldBe((2, 1, "acme"));
        _test.Clock.Advance(Minutes);

        foreach (var state in new[] { await _test.Another().LoadAsync("a"), await _test.Store.LoadAsync("a", 1) })
        {
            state!.Variables.Keys.ShouldBe(["name"]);
            (state.Tools.Count, state.OtherSections.Count).ShouldBe((0, 0));
            state.ToJson().ShouldNotContain("otp");
        }

        (await _test.Store.OpenAsync("a")).Tools.Names.ShouldBeEmpty();
    }

    [Fact]
    public async Task TheNextCommit_RemovesTheKey()
    {
        await _test.CommitAsync("a", session => session.Tools["se~ar/ch"].Set("a/b", 1, Minutes));
        _test.Clock.Advance(Minutes);

        await _test.CommitAsync("a", session => session.Say("x"));

        (await _test.BodiesAsync("a"))[0].ShouldContain("""
            "$expires":{"tools~1se~0ar~1ch/a/b":"2026-11-21T08:05:00.000Z"}
            """);
        JsonElement.Parse((await _test.BodiesAsync("a"))[1]).GetProperty("remove").GetRawText()
            .ShouldBe("""{"$expires":["tools~1se~0ar~1ch/a/b"],"tools/se~ar/ch":["a/b"]}""");
        (await _test.Store.Thread("a").VerifyAsync())!.IsIntact.ShouldBeTrue();
    }

    [Fact]
    public async Task AKeyframe_HasNoKeyWhoseTimeHasPassed()
    {
        var session = await _test.Store.OpenAsync("a");
        session.Variables.Set("otp", "123456", Minutes);
        session.Variables.Set("later", 1, Minutes * 3);
        await session.CommitAsync();
        _test.Clock.Advance(Minutes);
        for (var commits = 1; ; commits++)
        {
            session.Say(new string('x', 5000));
            if ((await session.CommitAsync()).IsKeyframe)
            {
                break;
            }

            commits.ShouldBeLessThan(50, "a state of some KB has a keyframe long before that");
        }

        (await _test.BodiesAsync("a"))[^1].ShouldNotContain("otp");
        (await _test.Another().OpenAsync("a")).Variables.Keys.ShouldBe(["later"]);
        _test.Clock.Advance(Minutes * 2);
        (await _test.Another().OpenAsync("a")).Variables.Count.ShouldBe(0);
        (await _test.Store.LoadAsync("a"))!.Variables.ShouldBeEmpty();
    }

    [Fact]
    public async Task AKeyThatIsSetAgain_HasTheTimeOfTheLastSet()
    {
        var session = await _test.Store.OpenAsync("a");
        foreach (var key in new[] { "stays", "same", "longer", "appended", "assigned" })
        {
            session.Variables.Set(key, [1], JsonTypes.Of<int[]>(JsonSerializerOptions.Web), Minutes);
        }

        await session.CommitAsync();
        session.Variables.Set("stays", 2);
        session.Variables.Set("same", [1], JsonTypes.Of<int[]>(JsonSerializerOptions.Web));
        session.Variables.Set("longer", 2, Minutes * 2);
        session.Variables.Append("appended", 2, JsonTypes.Of<int>(JsonSerializerOptions.Web));
        session.Variables.Assign(session.Variables.ToJson());
        await session.CommitAsync();

        _test.Clock.Advance(Minutes);
        (await _test.Store.OpenAsync("a")).Variables.Keys.ShouldBe(["stays", "same", "longer"]);
        _test.Clock.Advance(Minutes);
        (await _test.Store.OpenAsync("a")).Variables.Keys.ShouldBe(["stays", "same"]);
    }

    [Fact]
    public async Task AKeyThatIsGone_CanBeSetAndAppendedToFromTheBeginning()
    {
        await _test.CommitAsync("a", session =>
        {
            session.Variables.Set("same", 1, Minutes);
            session.Variables.Set("list", [1], JsonTypes.Of<int[]>(JsonSerializerOptions.Web), Minutes);
        });
        _test.Clock.Advance(Minutes);

        await _test.CommitAsync("a", session =>
        {
            session.Variables.Set("same", 1);
            session.Variables.Append("list", 2, JsonTypes.Of<int>(JsonSerializerOptions.Web));
        });

        var stored = (await _test.Another().OpenAsync("a")).Variables;
        (stored.Get("same", 0), stored["list"].ToString()).ShouldBe((1, "[2]"));
        stored.Count.ShouldBe(2);
    }

    [Fact]
    public async Task ARebase_MergesOverWhatOthersRemovedForItsTime()
    {
        await _test.CommitAsync("a", session => session.Variables.Set("otp", 1, Minutes));
        var mine = await _test.Store.OpenAsync("a", new() { RebaseOnConflict = true });
        mine.Variables.Set("mine", 1, Minutes * 2);
        _test.Clock.Advance(Minutes);
        await _test.CommitAsync("a", other => other.Variables.Set("theirs", 1, Minutes * 2));

        await mine.CommitAsync();

        mine.Variables.Keys.ShouldBe(["theirs", "mine"], ignoreOrder: true);
        (await _test.Another().OpenAsync("a")).Variables.Keys.ShouldBe(["theirs", "mine"], ignoreOrder: true);
        _test.Clock.Advance(Minutes * 2);
        (mine.Variables.Count, (await _test.Another().OpenAsync("a")).Variables.Count).ShouldBe((0, 0));
    }

    [Fact]
    public async Task AKeyThatOthersSetAgain_IsNotRemovedByASessionThatSawItsTimePass()
    {
        await _test.CommitAsync("a", session => session.Variables.Set("otp", 1, Minutes));
        var mine = await _test.Store.OpenAsync("a", new() { RebaseOnConflict = true });
        mine.Say("x");
        _test.Clock.Advance(Minutes);
        await _test.CommitAsync("a", other => other.Variables.Set("otp", 2, Minutes));

        await mine.CommitAsync();

        (mine.Variables.Get("otp", 0), (await _test.Another().OpenAsync("a")).Variables.Get("otp", 0)).ShouldBe((2, 2));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WhoSetsLast_SaysHowLong(bool loadApp)
    {
        var first = await _test.Store.OpenAsync("a", new() { LoadApp = loadApp });
        var second = await _test.Store.OpenAsync("b", new() { LoadApp = loadApp });
        first.App.Set("stays", 1, Minutes);
        first.App.Set("goes", 1);
        first.App.Set("removed", 1, Minutes);
        second.App.Set("stays", 2);
        second.App.Set("goes", 1, Minutes);
        await first.CommitAsync();
        await second.CommitAsync();
        await _test.Store.UpdateAppAsync(app => app.Remove("removed"));

        _test.Clock.Advance(Minutes);

        (await _test.Another().OpenAsync("c", new() { LoadApp = true })).App.Keys.ShouldBe(["stays"]);
    }

    [Fact]
    public async Task AClockThatJumps_NeverBringsBackWhatACommitHasRemoved()
    {
        var clock = new SetClock();
        var store = _test.Another(options => options.TimeProvider = clock);
        await store.UpdateAsync("a", session => session.Variables.Set("otp", 1, Minutes));
        var open = await store.OpenAsync("a");
        clock.Ahead = Minutes;
        (open.Variables.Contains("otp"), (await store.OpenAsync("a")).Variables.Contains("otp")).ShouldBe((true, false));
        clock.Ahead = TimeSpan.Zero;
        (await store.OpenAsync("a")).Variables.Contains("otp").ShouldBeTrue();
        clock.Ahead = Minutes;
        await store.UpdateAsync("a", session => session.Say("x"));

        clock.Ahead = TimeSpan.Zero;

        (await store.OpenAsync("a")).Variables.Contains("otp").ShouldBeFalse();
        (await store.LoadAsync("a"))!.Variables.ShouldBeEmpty();
    }

    [Fact]
    public async Task ASessionThatIsOpenForLong_LooksAtTheClockAgainWhenItCommits_AndNeverGoesBack()
    {
        var clock = new SetClock();
        var session = await _test.Another(options => options.TimeProvider = clock).OpenAsync("a");
        session.Variables.Set("otp", 1, Minutes);
        session.Variables.Set("later", 1, Minutes * 3);
        await session.CommitAsync();

        clock.Ahead = Minutes;
        session.Say("x");
        await session.CommitAsync();
        session.Variables.Keys.ShouldBe(["later"]);

        clock.Ahead = -Minutes;
        session.Say("y");
        await session.CommitAsync();
        clock.Ran = Minutes * 2;
        session.Variables.Count.ShouldBe(0);
    }

    [Fact]
    public async Task AState_ThatIsSaved_LeavesTheTimesOfWhatStaysEqual()
    {
        await _test.CommitAsync("a", session =>
        {
            session.Variables.Set("same", 1, Minutes);
            session.Variables.Set("changed", 1, Minutes);
            session.Variables.Set("removed", 1, Minutes);
        });
        var state = (await _test.Store.LoadAsync("a"))!;
        var saved = await _test.Store.SaveAsync("a", state.SetVariable("changed", 2).RemoveVariable("removed"));
        saved.State.Variables.Keys.ShouldBe(["same", "changed"]);

        _test.Clock.Advance(Minutes);

        (await _test.Store.LoadAsync("a"))!.Variables.Keys.ShouldBe(["changed"]);
        (await _test.Store.SaveAsync("a", saved.State.SetVariable("x", 1))).State.Variables.Keys.ShouldBe(["changed", "x"]);
    }

    [Fact]
    public async Task AVariableThatIsHiddenForItsNumber_TakesItsTimeAlong()
    {
        await _test.CommitAsync("a", session => session.Variables.Set("old", 1, Minutes));
        var mine = await _test.Store.OpenAsync("a", new() { RebaseOnConflict = true });
        mine.Visibility = new() { MaxVariables = 1 };
        mine.Variables.Set("mine", 1);
        await _test.CommitAsync("a", other => other.Say("faster"));

        await mine.CommitAsync();

        (await _test.Store.OpenAsync("a")).Variables.Keys.ShouldBe(["mine"]);
        (await _test.Store.OpenAsync("a")).State.Times.Any.ShouldBeFalse();
    }

    [Fact]
    public async Task AReset_RemovesTimesToo()
    {
        await _test.CommitAsync("a", session => session.Variables.Set("otp", 1, Minutes));
        await _test.Store.Thread("a").ResetAsync();
        await _test.CommitAsync("a", session => session.Variables.Set("otp", 1));

        _test.Clock.Advance(Minutes);

        (await _test.Store.OpenAsync("a")).Variables.Contains("otp").ShouldBeTrue();
    }

    [Fact]
    public async Task ATime_HasItsRange_AndMetadataHaveNone()
    {
        var session = await _test.Store.OpenAsync("a");

        Should.Throw<ArgumentOutOfRangeException>(() => session.Variables.Set("x", 1, TimeSpan.Zero));
        Should.Throw<ArgumentOutOfRangeException>(() => session.Variables.Set("x", 1, TimeSpan.MaxValue));
        Should.Throw<InvalidOperationException>(() => session.Metadata.Set("x", 1, Minutes)).Message.ShouldContain("listing");
        session.Variables.Set("x", true, TimeSpan.FromTicks(1));
        session.Variables.Set("y", 1.5, TimeSpan.FromDays(36_500));
        session.Variables.Set("z", 5L, Minutes);
        session.Variables.Set("j", JsonElement.Parse("[1]"), Minutes);
        session.Variables.Set("t", new List<int> { 1 }, Minutes);
        (await session.CommitAsync()).IsEmpty.ShouldBeFalse();
        _test.Clock.Advance(TimeSpan.FromMilliseconds(1));
        session.Variables.Keys.ShouldBe(["y", "z", "j", "t"]);
    }

    private static IEnumerable<StateSection> Sections(ThreadSession session)
        => [session.Variables, session.User, session.App, session.Tools["search"], session.Section("acme")];

    // A clock that can be set, beside one that cannot.
    private sealed class SetClock : TimeProvider
    {
        private static readonly DateTimeOffset Start = new(2026, 11, 21, 8, 0, 0, TimeSpan.Zero);

        public TimeSpan Ahead { get; set; }

        public TimeSpan Ran { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => Start + Ran + Ahead;

        public override long GetTimestamp() => Ran.Ticks;
    }
}
