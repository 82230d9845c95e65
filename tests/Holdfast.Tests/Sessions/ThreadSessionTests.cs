using Holdfast.Tests.Support;

namespace Holdfast.Tests.Sessions;

public sealed class ThreadSessionTests
{
    private readonly TestStore _test = new();

    public static IEnumerable<TheoryDataRow<ThreadStatus, ThreadStatus>> Transitions()
        => from a in Enum.GetValues<ThreadStatus>() from b in Enum.GetValues<ThreadStatus>() select new TheoryDataRow<ThreadStatus, ThreadStatus>(a, b);

    [Theory, MemberData(nameof(Transitions))]
    public async Task Status_ThatMayFollow_IsTakenAndOthersAreRefused(ThreadStatus from, ThreadStatus to)
    {
        await _test.CommitAsync("a", session => session.Status = from);
        var session = await _test.Store.OpenAsync("a");
        var ended = from is ThreadStatus.Completed or ThreadStatus.Failed;
        if (from == to || !ended || to is ThreadStatus.Idle or ThreadStatus.Thinking)
        {
            session.Status = to;
            await session.CommitAsync();
            (await _test.Store.OpenAsync("a")).Status.ShouldBe(to);
            return;
        }

        var error = Should.Throw<InvalidTransitionException>(() => session.Status = to);
        (error.Code, error.From, error.To).ShouldBe((ErrorCodes.InvalidTransition, from, to));
        error.Message.ShouldContain(from.ToName());
        session.Status.ShouldBe(from);
        session.HasChanges.ShouldBeFalse();
    }

    [Fact]
    public async Task Position_IsThatOfTheVersionThatTheSessionIsBasedOn()
    {
        var session = await _test.Store.OpenAsync("position");
        session.Position.ShouldBe(ThreadPosition.Beginning);
        session.Say("1");
        session.Position.ShouldBe(ThreadPosition.Beginning);

        await session.CommitAsync();

        session.Position.ShouldBe((await _test.Store.Thread("position").GetInfoAsync())!.Position);
        (await _test.Store.OpenAsync("position")).Position.ShouldBe(session.Position);
    }

    [Fact]
    public async Task Status_ThatIsNone_IsRefused()
    {
        var session = await _test.Store.OpenAsync("a");

        Should.Throw<ArgumentOutOfRangeException>(() => session.Status = (ThreadStatus)99);

        session.HasChanges.ShouldBeFalse();
    }

    [Theory]
    [InlineData(ThreadStatus.Idle, "idle")]
    [InlineData(ThreadStatus.Thinking, "thinking")]
    [InlineData(ThreadStatus.UsingTool, "using_tool")]
    [InlineData(ThreadStatus.WaitingForInput, "waiting_for_input")]
    [InlineData(ThreadStatus.WaitingForApproval, "waiting_for_approval")]
    [InlineData(ThreadStatus.Completed, "completed")]
    [InlineData(ThreadStatus.Failed, "failed")]
    public void StatusNames_AreStable(ThreadStatus status, string name)
    {
        status.ToName().ShouldBe(name);
        ThreadStatusNames.TryParse(name, out var parsed).ShouldBeTrue();
        parsed.ShouldBe(status);
        ThreadStatusNames.TryParse(name.ToUpperInvariant(), out _).ShouldBeFalse();
    }

    [Fact]
    public async Task Agent_SurvivesARoundTripAndAKeyframe()
    {
        await _test.CommitAsync("a", session => session.Agent = "Billing");
        await _test.CommitAsync("a", session => session.Say(new string('x', 20_000)));
        await _test.CommitAsync("a", session => session.Say("keyframe"));
        (await _test.EntriesAsync("a"))[2].IsKeyframe.ShouldBeTrue();
        (await _test.Store.OpenAsync("a")).Agent.ShouldBe("Billing");

        await _test.CommitAsync("a", session => session.Agent = null);

        (await _test.Store.OpenAsync("a")).Agent.ShouldBeNull();
        (await _test.Store.Thread("a").GetInfoAsync())!.Agent.ShouldBeNull();
        (await _test.Store.Thread("a").VerifyAsync())!.IsIntact.ShouldBeTrue();
    }

    [Theory, InlineData(""), InlineData("a\nb")]
    public async Task Agent_WithANameThatCannotBeUsed_IsRefused(string name)
    {
        var session = await _test.Store.OpenAsync("a");

        Should.Throw<InvalidIdentifierException>(() => session.Agent = name);
        session.HasChanges.ShouldBeFalse();
    }

    [Fact]
    public async Task HasChanges_TellsWhetherACommitIsNeeded()
    {
        var changes = new Action<ThreadSession>[]
        {
            session => session.Say("1"),
            session => session.Variables.Set("x", 1),
            session => session.Metadata.Set("x", 1),
            session => session.Tools["x"].Set("x", 1),
            session => session.Todos.Add("x"),
            session => session.User.Set("x", 1),
            session => session.Status = ThreadStatus.Thinking,
            session => session.Agent = "Billing",
            session => session.History.KeepLast(1),
        };
        foreach (var change in changes)
        {
            var session = await _test.Store.OpenAsync(ThreadId.New(), new() { UserId = "ann" });
            session.HasChanges.ShouldBeFalse();
            change(session);
            session.HasChanges.ShouldBeTrue();
            await session.CommitAsync();
            session.HasChanges.ShouldBeFalse();
        }
    }

    [Fact]
    public async Task Temp_IsNeverStoredAndDoesNotCountAsAChange()
    {
        var session = await _test.Store.OpenAsync("a");
        var thing = new object();
        session.Temp["thing"] = thing;
        session.Temp["number"] = 7;

        session.HasChanges.ShouldBeFalse();
        session.Temp["thing"].ShouldBeSameAs(thing);
        session.Temp.Get<int>("number").ShouldBe(7);
        session.Temp.Get("number", "not text").ShouldBe("not text");
        session.Temp.Get("nothing", 3).ShouldBe(3);
        session.Temp["nothing"].ShouldBeNull();
        session.Temp.Count.ShouldBe(2);
        session.Say("1");
        await session.CommitAsync();
        session.Temp["thing"].ShouldBeSameAs(thing);
        (await _test.BodiesAsync("a")).Single().ShouldNotContain("number");
        (await _test.Store.OpenAsync("a")).Temp.Count.ShouldBe(0);
        session.Temp.Remove("thing").ShouldBeTrue();
        session.Temp.Remove("thing").ShouldBeFalse();
        session.Temp.Clear();
        session.Temp.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Sessions_ThatAreOpenAtTheSameTime_ShareNothing()
    {
        await _test.CommitAsync("a", session =>
        {
            session.Say("1");
            session.Variables.Set("list", new List<int> { 1 });
        });
        var first = await _test.Store.OpenAsync("a");
        var second = await _test.Store.OpenAsync("a");

        first.Variables.Get<List<int>>("list")!.Add(2);
        first.Variables.Set("x", 1);
        (await first.History.LastAsync(1))[0].Contents.Clear();
        first.Say("2");

        second.Variables.Get<List<int>>("list").ShouldBe([1]);
        second.Variables.Contains("x").ShouldBeFalse();
        (await second.History.TextsAsync()).ShouldBe(["1"]);
        (await first.History.TextsAsync()).ShouldBe(["1", "2"]);
    }

    [Fact]
    public async Task Metadata_OfAListing_CannotBeUsedToChangeWhatIsStored()
    {
        await _test.CommitAsync("a", session => session.Metadata.Set("topic", "x"));

        var info = (await _test.Store.Thread("a").GetInfoAsync())!;

        Should.Throw<NotSupportedException>(() => ((IDictionary<string, System.Text.Json.JsonElement>)info.Metadata).Clear());
        (await _test.Store.Thread("a").GetInfoAsync())!.Metadata.Count.ShouldBe(1);
    }
}
