using System.Text.Json;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Sessions;

public sealed class GoalListTests
{
    private readonly TestStore _test = new();

    [Fact]
    public async Task Add_PutsGoalsAtTheEnd()
    {
        var session = await _test.Store.OpenAsync("a");
        var release = session.Goals.Add("release");
        var notes = session.Goals.Add("notes", release.Id);
        session.Goals.Put(new() { Id = "mine", Text = "before", Order = 0.5 });
        await session.CommitAsync();

        release.Id.Length.ShouldBe(8);
        (release.Order, notes.Order, notes.ParentId).ShouldBe((1, 2, release.Id));
        var goals = (await _test.Store.OpenAsync("a")).Goals;
        goals.Select(goal => goal.Text).ShouldBe(["before", "release", "notes"]);
        goals.Count.ShouldBe(3);
        goals.Find(notes.Id).ShouldBe(notes);
    }

    [Theory]
    [InlineData(GoalStatus.Pending, "pending")]
    [InlineData(GoalStatus.InProgress, "in_progress")]
    [InlineData(GoalStatus.Achieved, "achieved")]
    [InlineData(GoalStatus.Failed, "failed")]
    [InlineData(GoalStatus.Abandoned, "abandoned")]
    public async Task SetStatus_IsStoredByName(GoalStatus status, string name)
    {
        await _test.CommitAsync("a", session => session.Goals.Put(new() { Id = "g", Text = "x", Status = GoalStatus.Failed, Order = 3 }));
        await _test.CommitAsync("a", session => session.Goals.SetStatus("g", status == GoalStatus.Failed ? GoalStatus.Pending : GoalStatus.Failed));
        await _test.CommitAsync("a", session => session.Goals.SetStatus("g", status).ShouldBeTrue());

        (await _test.Store.OpenAsync("a")).Goals.Find("g").ShouldBe(new Goal { Id = "g", Text = "x", Status = status, Order = 3 });
        (await _test.BodiesAsync("a"))[^1].ShouldContain($"\"goals\":{{\"g\":{{\"text\":\"x\",\"status\":\"{name}\",\"order\":3}}}}");
    }

    [Fact]
    public async Task Goal_WithEverything_IsStoredAndReadAsItIs()
    {
        var goal = new Goal
        {
            Id = "g/1 ..\u202e👩‍🚀",
            Text = "\u0000 \"北京\"",
            Status = GoalStatus.InProgress,
            Progress = 0.25,
            ParentId = "top",
            TodoIds = ["t", "../gone"],
            Order = -1.5,
            Extra = new Dictionary<string, JsonElement> { ["due"] = JsonElement.Parse("\"tomorrow\"") },
        };
        await _test.CommitAsync("a", session =>
        {
            session.Goals.Put(new() { Id = "top", Text = "top" });
            session.Goals.Put(goal).ShouldBe(goal);
        });

        await _test.CommitAsync("a", session => session.Goals.SetProgress(goal.Id, 0.5).ShouldBeTrue());

        (await _test.Store.OpenAsync("a")).Goals.Find(goal.Id).ShouldBe(goal with { Progress = 0.5 });
        (await _test.BodiesAsync("a"))[^1].ShouldContain("\"progress\":0.5,\"parent\":\"top\",\"todos\":[\"t\",\"../gone\"],\"order\":-1.5,\"due\":\"tomorrow\"}");
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(-0.01)]
    [InlineData(1.01)]
    public async Task Progress_OutOfItsRange_IsRefused(double progress)
    {
        var session = await _test.Store.OpenAsync("a");
        session.Goals.Put(new() { Id = "g", Text = "x" });

        Should.Throw<ArgumentException>(() => session.Goals.SetProgress("g", progress)).Message.ShouldContain("from 0 to 1");
        Should.Throw<ArgumentException>(() => session.Goals.Put(new() { Text = "x", Progress = progress })).Message.ShouldContain("from 0 to 1");
        Should.Throw<ArgumentException>(() => new AgentState { Goals = [new() { Id = "g", Text = "x" }] }.SetGoalProgress("g", progress)).Message.ShouldContain("from 0 to 1");
        var state = new AgentState { Goals = [new() { Id = "g", Text = "x", Progress = progress }] };
        (await Should.ThrowAsync<InvalidStateValueException>(async () => await _test.Store.SaveAsync("b", state))).Message.ShouldContain("goals/g");
        session.Goals.Single().Progress.ShouldBeNull();
    }

    [Fact]
    public async Task Put_WhatCannotBeAGoal_IsRefused()
    {
        var goals = (await _test.Store.OpenAsync("a")).Goals;

        Should.Throw<ArgumentException>(() => goals.Add(""));
        Should.Throw<ArgumentNullException>(() => goals.Put(null!));
        Should.Throw<ArgumentException>(() => goals.Put(new() { Text = "x", Status = (GoalStatus)9 })).Message.ShouldContain("no status");
        Should.Throw<ArgumentException>(() => goals.Put(new() { Text = "x", TodoIds = ["t", "t"] })).Message.ShouldContain("'t' twice");
        Should.Throw<ArgumentException>(() => goals.Put(new() { Text = "x", TodoIds = [""] }));
        Should.Throw<ArgumentException>(() => goals.Put(new() { Text = "x", TodoIds = null! }));
        Should.Throw<InvalidIdentifierException>(() => goals.Put(new() { Text = "x", TodoIds = ["a\nb"] }));
        Should.Throw<InvalidIdentifierException>(() => goals.Put(new() { Id = new('x', 513), Text = "x" }));
        Should.Throw<InvalidIdentifierException>(() => goals.Put(new() { Id = "\u0000", Text = "x" }));
        Should.Throw<InvalidStateValueException>(() => goals.Put(new() { Text = "x", Order = double.NaN })).Message.ShouldContain("goals/");
        Should.Throw<InvalidStateValueException>(() => goals.Put(new() { Text = "cut \ud83d" }));
        goals.ShouldBeEmpty();
    }

    [Fact]
    public async Task Parent_ThatIsNotThere_OrIsAPart_IsRefused()
    {
        var goals = (await _test.Store.OpenAsync("a")).Goals;
        goals.Put(new() { Id = "a", Text = "a" });
        goals.Put(new() { Id = "b", Text = "b", ParentId = "a" });
        goals.Put(new() { Id = "c", Text = "c", ParentId = "b" });

        Should.Throw<ArgumentException>(() => goals.Add("x", "gone")).Message.ShouldContain("'gone'");
        Should.Throw<ArgumentException>(() => goals.Put(new() { Id = "a", Text = "a", ParentId = "a" })).Message.ShouldContain("itself");
        Should.Throw<ArgumentException>(() => goals.Put(new() { Id = "a", Text = "a", ParentId = "c" })).Message.ShouldContain("circle");
        goals.Find("a")!.ParentId.ShouldBeNull();
        goals.Put(new() { Id = "c", Text = "c", ParentId = "a" }).ParentId.ShouldBe("a");
    }

    [Fact]
    public async Task Goals_ThatAreNotThere_AreNotFound()
    {
        var goals = (await _test.Store.OpenAsync("a")).Goals;

        goals.Find("g").ShouldBeNull();
        goals.SetStatus("g", GoalStatus.Achieved).ShouldBeFalse();
        goals.SetProgress("g", 1).ShouldBeFalse();
        goals.AddTodo("g", "t").ShouldBeFalse();
        goals.Remove("g").ShouldBeFalse();
        goals.ProgressOf("g").ShouldBeNull();
        (goals.Count, goals.Tree().Count).ShouldBe((0, 0));
    }

    [Fact]
    public async Task Remove_LeavesItsPartsToItsParent()
    {
        var session = await _test.Store.OpenAsync("a");
        session.Goals.Put(new() { Id = "a", Text = "a" });
        session.Goals.Put(new() { Id = "b", Text = "b", ParentId = "a" });
        session.Goals.Put(new() { Id = "c", Text = "c", ParentId = "b" });
        await session.CommitAsync();

        session.Goals.Remove("b").ShouldBeTrue();
        await session.CommitAsync();
        session.Goals.Remove("a").ShouldBeTrue();

        (await _test.Store.OpenAsync("a")).Goals.Find("c")!.ParentId.ShouldBe("a");
        session.Goals.Single().ShouldBe(new Goal { Id = "c", Text = "c" });
    }

    [Fact]
    public async Task ATodo_ThatIsRemoved_IsNoLongerCounted()
    {
        var session = await _test.Store.OpenAsync("a");
        var goal = session.Goals.Add("x").Id;
        var (one, two) = (session.Todos.Add("one", TodoStatus.Completed).Id, session.Todos.Add("two").Id);
        session.Goals.AddTodo(goal, one).ShouldBeTrue();
        session.Goals.AddTodo(goal, two);
        session.Goals.AddTodo(goal, two);
        session.Goals.ProgressOf(goal).ShouldBe(0.5);
        await session.CommitAsync();

        await _test.CommitAsync("a", other => other.Todos.Remove(two));

        var read = (await _test.Store.OpenAsync("a")).Goals;
        read.Find(goal)!.TodoIds.ShouldBe([one, two]);
        read.Tree().Single().Todos.Select(todo => todo.Content).ShouldBe(["one"]);
        read.ProgressOf(goal).ShouldBe(1);
    }

    [Fact]
    public async Task Goals_OfTwoSessions_DoNotConflict()
    {
        await _test.CommitAsync("a", session => session.Goals.Put(new() { Id = "g", Text = "x" }));
        var mine = await _test.Store.OpenAsync("a", new() { RebaseOnConflict = true });
        mine.Goals.Add("mine", "g");
        await _test.CommitAsync("a", other =>
        {
            other.Goals.Add("theirs", "g");
            other.Goals.SetStatus("g", GoalStatus.InProgress);
        });
        await mine.CommitAsync();

        var top = (await _test.Store.OpenAsync("a")).Goals.Tree().Single();
        top.Goal.Status.ShouldBe(GoalStatus.InProgress);
        top.Children.Select(child => child.Goal.Text).ShouldBe(["mine", "theirs"], ignoreOrder: true);
    }

    [Fact]
    public async Task TheSameGoal_ChangedByTwo_IsAConflict()
    {
        await _test.CommitAsync("a", session => session.Goals.Put(new() { Id = "g", Text = "x" }));
        var mine = await _test.Store.OpenAsync("a", new() { RebaseOnConflict = true });
        mine.Goals.SetProgress("g", 0.5);
        await _test.CommitAsync("a", other => other.Goals.SetProgress("g", 0.75));

        (await Should.ThrowAsync<CommitConflictException>(async () => await mine.CommitAsync())).Message.ShouldContain("goals/g");
    }

    [Fact]
    public async Task WhatTwoSessionsDid_ThatDoesNotFitTogether_IsReadable_AndCanBeMended()
    {
        await _test.CommitAsync("a", session =>
        {
            session.Goals.Put(new() { Id = "a", Text = "a", Order = 1 });
            session.Goals.Put(new() { Id = "b", Text = "b", Order = 2 });
            session.Goals.Put(new() { Id = "c", Text = "c", Order = 3 });
            session.Goals.Put(new() { Id = "gone", Text = "gone" });
        });
        var mine = await _test.Store.OpenAsync("a", new() { RebaseOnConflict = true });
        mine.Goals.Put(mine.Goals.Find("b")! with { ParentId = "a" });
        mine.Goals.Put(mine.Goals.Find("c")! with { ParentId = "gone" });
        await _test.CommitAsync("a", other =>
        {
            other.Goals.Put(other.Goals.Find("a")! with { ParentId = "b" });
            other.Goals.Remove("gone");
        });
        await mine.CommitAsync();

        var session = await _test.Store.OpenAsync("a");
        session.Goals.Tree().Select(node => $"{node.Goal.Id}({string.Join(",", node.Children.Select(child => child.Goal.Id))})").ShouldBe(["a(b)", "c()"]);
        session.Goals.SetStatus("b", GoalStatus.InProgress).ShouldBeTrue();
        session.Goals.SetStatus("c", GoalStatus.InProgress).ShouldBeTrue();
        await session.CommitAsync();
        var state = (await _test.Store.LoadAsync("a"))!;
        (state, _) = await _test.Store.SaveAsync("a", state.SetGoalStatus("a", GoalStatus.Achieved));
        state.GoalTree().Count.ShouldBe(2);
        session = await _test.Store.OpenAsync("a");
        session.Goals.Put(session.Goals.Find("a")! with { ParentId = null });
        session.Goals.Tree().Count.ShouldBe(2);
    }

    [Fact]
    public async Task Goals_ManyAndDeep_AreCountedWithoutRecursion()
    {
        const int Depth = 20_000;
        var goals = Enumerable.Range(0, Depth).Select(i => new Goal { Id = $"g{i}", Text = "x", ParentId = i > 0 ? $"g{i - 1}" : null, Order = i }).ToList();
        goals[^1] = goals[^1] with { Progress = 0.5 };
        var state = new AgentState { Goals = goals };

        state.GoalTree().Single().Progress.ShouldBe(0.5);
        AgentState.FromJson(state.ToJson()).Goals.Count.ShouldBe(Depth);
        await _test.CommitAsync("a", session => session.Goals.Put(new() { Id = "g", Text = "x" }));
        (await _test.Store.OpenAsync("a")).Goals.ProgressOf("g").ShouldBe(0);
    }

    [Fact]
    public async Task Enumerating_WhileGoalsAreChanged_Works()
    {
        var session = await _test.Store.OpenAsync("a");
        session.Goals.Add("one");
        session.Goals.Add("two");

        foreach (var goal in session.Goals)
        {
            session.Goals.SetStatus(goal.Id, GoalStatus.Achieved);
        }

        session.Goals.ShouldAllBe(goal => goal.Status == GoalStatus.Achieved);
    }
}
