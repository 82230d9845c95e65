namespace Holdfast.Tests.Goals;

/// <summary>How far a goal has come, where nobody said so.</summary>
public sealed class GoalProgressTests
{
    private static readonly TodoItem[] Todos =
    [
        new() { Id = "done", Content = "x", Status = TodoStatus.Completed },
        new() { Id = "begun", Content = "x", Status = TodoStatus.InProgress },
        new() { Id = "open", Content = "x" },
        new() { Id = "dropped", Content = "x", Status = TodoStatus.Cancelled },
    ];

    [Fact]
    public void Goal_WithoutParts_HasNone() => Of([new() { Id = "g", Text = "x", Status = GoalStatus.InProgress }]).ShouldBe(0);

    [Fact]
    public void Goal_ThatIsAchieved_IsDone_WhateverElseIsSaid()
        => Of([new() { Id = "g", Text = "x", Status = GoalStatus.Achieved, Progress = 0.2, TodoIds = ["open"] }]).ShouldBe(1);

    [Fact]
    public void Goal_WhoseProgressIsSaid_HasThat() => Of([new() { Id = "g", Text = "x", Progress = 0.2, TodoIds = ["done"] }]).ShouldBe(0.2);

    [Fact]
    public void Todos_CountOnceCompleted_AndNotAtAllIfCancelledOrGone()
        => Of([new() { Id = "g", Text = "x", TodoIds = ["done", "begun", "open", "dropped", "gone"] }]).ShouldBe(1 / 3d);

    [Fact]
    public void SubGoals_CountWithTheirOwnProgress_AndNotAtAllIfAbandoned()
        => Of(
        [
            new() { Id = "g", Text = "x", TodoIds = ["done"] },
            new() { Id = "half", Text = "x", ParentId = "g", Progress = 0.5 },
            new() { Id = "reached", Text = "x", ParentId = "g", Status = GoalStatus.Achieved },
            new() { Id = "left", Text = "x", ParentId = "g", Status = GoalStatus.Abandoned, Progress = 0.9 },
            new() { Id = "lost", Text = "x", ParentId = "g", Status = GoalStatus.Failed, Progress = 0.25 },
            new() { Id = "open", Text = "x", ParentId = "half" },
        ]).ShouldBe((1 + 0.5 + 1 + 0.25) / 4);

    private static double Of(params Goal[] goals) => new AgentState { Goals = goals, Todos = Todos }.GoalTree()[0].Progress;
}
