using Holdfast.Logs;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Commits;

/// <summary>What newer versions of the library wrote.</summary>
public sealed class ForwardCompatibilityTests
{
    private readonly TestStore _test = new();
    private readonly RawThread _raw;

    public ForwardCompatibilityTests() => _raw = new(_test.Memory, ThreadKey.Of("a"));

    [Fact]
    public async Task NewerFormat_OnEveryRead_IsRefused()
    {
        await WriteNewerAsync();
        var calls = new Dictionary<string, Func<Task>>
        {
            ["open"] = async () => await _test.Store.OpenAsync("a"),
            ["load"] = async () => await _test.Store.LoadAsync("a"),
            ["load a version"] = async () => await _test.Store.LoadAsync("a", 2),
            ["log"] = async () => await _test.Store.Thread("a").LogAsync().ToListAsync(),
            ["update"] = async () => await _test.Store.UpdateAsync("a", session => session.Say("x")),
            ["save"] = async () => await _test.Store.SaveAsync("a", new()),
            ["delete"] = async () => await _test.Store.Thread("a").DeleteAsync(),
        };

        foreach (var (name, call) in calls)
        {
            var error = await Should.ThrowAsync<UnknownFormatException>(call, name);
            (error.Code, error.Found, error.Known).ShouldBe((ErrorCodes.UnknownFormat, 2, 1));
            error.Message.ShouldContain("Version 2 of thread 'a'");
        }

        (await _test.EntriesAsync("a")).Count.ShouldBe(2);
        (await _test.Store.LoadAsync("a", 1))!.Messages.Texts().ShouldBe(["1"]);
        (await _test.Store.Thread("a").GetInfoAsync())!.Version.ShouldBe(2);
        (await _test.Store.Thread("a").VerifyAsync())!.Problems.ShouldContain(problem => problem.Version == 2 && problem.What.Contains("format 2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task NewerFormat_UnderAnOpenSession_IsNeverOverwritten()
    {
        await _raw.AppendAsync("""{"v":1,"at":"2026-11-21T08:00:00.000Z","messages":[{"role":"user","contents":[{"$type":"text","text":"1"}]}]}""");
        var session = await _test.Store.OpenAsync("a");
        var rebasing = await _test.Store.OpenAsync("a", new() { RebaseOnConflict = true });
        await _raw.AppendAsync("""{"v":2,"at":"2026-11-21T08:00:00.000Z"}""");
        session.Say("2");
        rebasing.Say("2");

        await Should.ThrowAsync<CommitConflictException>(async () => await session.CommitAsync());
        await Should.ThrowAsync<UnknownFormatException>(async () => await session.RebaseAsync());
        await Should.ThrowAsync<UnknownFormatException>(async () => await rebasing.CommitAsync());

        (await _test.EntriesAsync("a")).Count.ShouldBe(2);
    }

    [Fact]
    public async Task UnknownMembers_OfABody_AreLeftAlone()
    {
        const string Body = """{"v":1,"future":{"x":[1,{"v":2}]},"at":"2026-11-21T08:00:00.000Z","later":3,"another":7,"messages":[{"role":"user","contents":[{"$type":"text","text":"1"}]}],"set":{"variables":{"x":1}}}""";
        await _raw.AppendAsync(Body);

        await _test.CommitAsync("a", session => session.Variables.Set("y", 2));

        (await _test.Store.OpenAsync("a")).Variables.Keys.ShouldBe(["x", "y"]);
        (await _test.BodiesAsync("a"))[0].ShouldBe(Body);
        (await _test.Store.Thread("a").VerifyAsync())!.IsIntact.ShouldBeTrue();
    }

    [Fact]
    public async Task UnknownSections_SurviveFoldingAndKeyframes()
    {
        await _raw.AppendAsync("""{"v":1,"at":"2026-11-21T08:00:00.000Z","set":{"interrupts":{"i1":{"kind":"approval"}},"steps":{"s1":1,"s2":2}}}""");
        await _raw.AppendAsync("""{"v":1,"at":"2026-11-21T08:00:00.000Z","remove":{"steps":["s1"]}}""");
        await _test.CommitAsync("a", session => session.Say(new string('x', 20_000)));
        await _test.CommitAsync("a", session => session.Say("keyframe"));
        (await _test.EntriesAsync("a"))[3].IsKeyframe.ShouldBeTrue();

        var state = (await _test.Store.LoadAsync("a"))!;

        state.OtherSections["interrupts"]["i1"].GetProperty("kind").GetString().ShouldBe("approval");
        state.OtherSections["steps"].Keys.ShouldBe(["s2"]);
        (await _test.Store.SaveAsync("a", AgentState.FromJson(state.ToJson()))).Commit.IsEmpty.ShouldBeTrue();
        await _test.Store.SaveAsync("b", state with { Version = null });
        (await _test.Store.LoadAsync("b"))!.OtherSections.Keys.ShouldBe(["interrupts", "steps"], ignoreOrder: true);
    }

    [Fact]
    public async Task UnknownMembers_OfAKeyframe_AreSaidAgainByTheNextOne()
    {
        await _raw.AppendAsync("""{"v":1,"at":"2026-11-21T08:00:00.000Z","set":{"variables":{"x":1}},"state":{"set":{"variables":{"x":1}},"holograms":[ "c1" ],"status":"idle","history":[[1,null]],"messages":0,"chain":"0000000000000000000000000000000000000000000000000000000000000000","later":{"a":null}}}""");
        await _test.CommitAsync("a", session => session.Say(new string('x', 20_000)));
        await _test.CommitAsync("a", session => session.Say("keyframe"));

        var keyframe = (await _test.BodiesAsync("a"))[2];

        keyframe.ShouldContain("\"holograms\":[ \"c1\" ]");
        keyframe.ShouldContain("\"later\":{\"a\":null}");
        (await _test.Store.OpenAsync("a")).Variables.Get("x", 0).ShouldBe(1);
        (await _test.Store.Thread("a").VerifyAsync())!.IsIntact.ShouldBeTrue();
    }

    [Theory]
    [InlineData("the format is missing", """{"at":"2026-11-21T08:00:00.000Z"}""")]
    [InlineData("the format is 0", """{"v":0,"at":"2026-11-21T08:00:00.000Z"}""")]
    [InlineData("the format is a text", """{"v":"1"}""")]
    [InlineData("it is an array", """[1]""")]
    [InlineData("it is cut off", """{"v":1,"set":{"variables":{""")]
    [InlineData("something follows", """{"v":1} {"v":1}""")]
    [InlineData("it is not JSON", "hello")]
    [InlineData("it is empty", "")]
    [InlineData("messages are no array", """{"v":1,"messages":{}}""")]
    [InlineData("sections are no objects", """{"v":1,"set":{"variables":[1]}}""")]
    [InlineData("removed keys are no texts", """{"v":1,"remove":{"variables":[1]}}""")]
    [InlineData("the history is nonsense", """{"v":1,"history":[[0,null]],"count":0}""")]
    [InlineData("the history skips backwards", """{"v":1,"history":[[1,null,-1]],"count":0}""")]
    [InlineData("the history takes backwards", """{"v":1,"history":[[1,2,0,-1]],"count":0}""")]
    [InlineData("the history is cut short", """{"v":1,"history":[[1]],"count":0}""")]
    [InlineData("the history has other things", """{"v":1,"history":[[1,null],"x"],"count":0}""")]
    [InlineData("the chain hash is nonsense", """{"v":1,"state":{"chain":"xyz"}}""")]
    public async Task Bodies_ThatAreNone_AreReportedAsDamage(string why, string body)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(body);
        var entry = new LogEntry
        {
            Key = ThreadKey.Of("a"),
            Version = 1,
            CommitId = RawThread.IdOf(1),
            At = _test.Clock.GetUtcNow(),
            BodyHash = Digest.Compute(bytes),
            Body = bytes,
        };
        var head = new ThreadHead { Key = entry.Key, Life = entry.CommitId, Version = 1, ChainHash = ChainHash.Next(ChainHash.Start, entry), CreatedAt = entry.At, UpdatedAt = entry.At };
        await _test.Memory.AppendAsync(new() { Entry = entry, Head = head, After = ChainHash.Start, Begins = true });

        var error = await Should.ThrowAsync<CorruptStateException>(async () => await _test.Store.OpenAsync("a"), why);

        (error.Code, error.Key, error.Version).ShouldBe((ErrorCodes.CorruptState, entry.Key, 1));
        error.Message.ShouldContain("at version 1");
        (await _test.Store.Thread("a").VerifyAsync())!.Problems.ShouldContain(problem => problem.Version == 1);
        await Should.ThrowAsync<CorruptStateException>(async () => await _test.Store.UpdateAsync("a", session => session.Say("x")));
    }

    private async Task WriteNewerAsync()
    {
        await _raw.AppendAsync("""{"v":1,"at":"2026-11-21T08:00:00.000Z","messages":[{"role":"user","contents":[{"$type":"text","text":"1"}]}]}""");
        await _raw.AppendAsync("""{"v":2,"at":"2026-11-21T08:00:00.000Z","messages":[]}""");
    }
}
