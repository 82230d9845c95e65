using System.Text.Json;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.State;

/// <summary>Goals in states: made by hand, saved, loaded, compared, carried as JSON.</summary>
public sealed class AgentStateGoalsTests
{
    private readonly TestStore _test = new();

    [Fact]
    public void Goals_AreAddedChangedAndRemoved()
    {
        var state = new AgentState { Goals = [new() { Text = "first" }] }.AddGoal("one");
        var one = state.Goals[1];
        state = state.AddGoal("two", one.Id);
        var two = state.Goals[2];

        state.Goals.Select(goal => goal.Text).ShouldBe(["first", "one", "two"]);
        state.Goals.Select(goal => goal.Order).ShouldBeInOrder();
        state.Goals.Select(goal => goal.Id).ShouldBeUnique();
        state.SetGoalStatus(two.Id, GoalStatus.Achieved).GoalTree()[1].Progress.ShouldBe(1);
        state.SetGoalProgress(two.Id, 0.5).GoalTree()[1].Progress.ShouldBe(0.5);
        state.RemoveGoal(one.Id).Goals[1].ParentId.ShouldBeNull();
        state.RemoveGoal("nothing").ShouldBe(state);
        two.ParentId.ShouldBe(one.Id);
        Should.Throw<ArgumentException>(() => state.AddGoal(""));
        Should.Throw<ArgumentException>(() => state.AddGoal("x", "gone")).Message.ShouldContain("'gone'");
        Should.Throw<ArgumentException>(() => state.SetGoalStatus("gone", GoalStatus.Failed)).Message.ShouldContain("'gone'");
    }

    [Fact]
    public async Task Goals_AreSavedLoadedAndCompared()
    {
        var state = new AgentState().AddTodo("do it").AddGoal("top");
        state = state with { Goals = [state.Goals[0] with { TodoIds = [state.Todos[0].Id] }, new() { Text = "new" }] };
        (state, var commit) = await _test.Store.SaveAsync("a", state);

        commit.Set.Count.ShouldBe(3);
        state.Goals[1].Id.Length.ShouldBe(8);
        (await _test.Store.LoadAsync("a")).ShouldBe(state);
        AgentState.FromJson(state.ToJson()).ShouldBe(state);
        state.OtherSections.ShouldBeEmpty();
        state.ShouldNotBe(state with { Goals = [] });
        state.ToString().ShouldContain("Goals = 2");
        (await _test.Store.SaveAsync("a", state)).Commit.IsEmpty.ShouldBeTrue();
        (state, commit) = await _test.Store.SaveAsync("a", state.RemoveGoal(state.Goals[0].Id).SetGoalProgress(state.Goals[1].Id, 0.5));
        (commit.Set.Count, commit.Removed.Count).ShouldBe((1, 1));
        (await _test.Store.LoadAsync("a", new() { Sections = ["variables"] }))!.Goals.ShouldBeEmpty();
        (await _test.Store.LoadAsync("a", new() { Sections = ["goals"] }))!.Goals.ShouldBe(state.Goals);
    }

    [Fact]
    public async Task Save_ParentsThatCannotBe_AreRefused()
    {
        Goal Make(string id, string? parent) => new() { Id = id, Text = "x", ParentId = parent };
        async Task<string> RefusedAsync(params Goal[] goals)
            => (await Should.ThrowAsync<InvalidStateValueException>(async () => await _test.Store.SaveAsync("a", new AgentState { Goals = goals }))).Message;

        (await RefusedAsync(Make("a", "gone"))).ShouldContain("goals/a");
        (await RefusedAsync(Make("a", "b"), Make("b", "a"))).ShouldContain("circle");
        (await RefusedAsync(Make("a", null), Make("a", null))).ShouldContain("twice");
        (await _test.Store.LoadAsync("a")).ShouldBeNull();
        await Should.ThrowAsync<InvalidIdentifierException>(async () => await _test.Store.SaveAsync("a", new AgentState { Goals = [Make("a\nb", null)] }));
    }

    [Fact]
    public void Json_OfAGoal_NamesWhatItHas()
    {
        var state = new AgentState
        {
            Goals =
            [
                new() { Id = "g", Text = "x" },
                new() { Id = "h", Text = "y", Status = GoalStatus.Failed, Progress = 0.5, ParentId = "g", TodoIds = ["t"], Order = 2, Extra = new Dictionary<string, JsonElement> { ["due"] = JsonElement.Parse("1") } },
            ],
        };

        using var json = JsonDocument.Parse(state.ToJson());
        json.RootElement.GetProperty("goals").GetRawText().ShouldBe(
            """[{"id":"g","text":"x","status":"pending","order":0},{"id":"h","text":"y","status":"failed","progress":0.5,"parent":"g","todos":["t"],"order":2,"due":1}]""");
        AgentState.FromJson(state.ToJson()).ShouldBe(state);
        AgentState.FromJson("""{"messages":[],"goals":[{"text":"a"},{"text":"b","todos":null,"parent":null,"progress":null}]}""").Goals
            .ShouldBe([new Goal { Id = "g1", Text = "a", Order = 1 }, new Goal { Id = "g2", Text = "b", Order = 2 }]);
    }

    [Theory]
    [InlineData("""{"status":"achieved"}""")]
    [InlineData("""{"text":null}""")]
    [InlineData("""{"text":""}""")]
    [InlineData("""{"text":"x","status":"someday"}""")]
    [InlineData("""{"text":"x","status":17}""")]
    [InlineData("""{"text":"x","progress":1.5}""")]
    [InlineData("""{"text":"x","progress":1e400}""")]
    [InlineData("""{"text":"x","progress":"NaN"}""")]
    [InlineData("""{"text":"x","todos":[null]}""")]
    [InlineData("""{"text":"x","todos":["t","t"]}""")]
    [InlineData("null")]
    public void Json_ThatIsNoGoal_IsRefusedByItsPlace(string goal)
        => Should.Throw<InvalidStateValueException>(() => AgentState.FromJson($$"""{"messages":[],"goals":[{"text":"fine"},{{goal}}]}""")).Message.ShouldContain("goals[1]");
}
