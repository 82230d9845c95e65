using System.Diagnostics;

namespace Holdfast;

/// <summary>A goal in its place among the others, with the progress that follows from its parts. Immutable.</summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class GoalNode
{
    internal GoalNode(Goal goal, IReadOnlyList<GoalNode> children, IReadOnlyList<TodoItem> todos)
    {
        (Goal, Children, Todos) = (goal, children, todos);
        Progress = GoalRules.ProgressOf(goal, children, todos);
    }

    /// <summary>The goal.</summary>
    public Goal Goal { get; }

    /// <summary>Its sub-goals, in order.</summary>
    public IReadOnlyList<GoalNode> Children { get; }

    /// <summary>The todos that serve it and are still there, in the order of <see cref="Goal.TodoIds"/>.</summary>
    public IReadOnlyList<TodoItem> Todos { get; }

    /// <summary>How far the goal has come: 0 to 1.</summary>
    /// <remarks>
    /// 1 once it is achieved; otherwise what <see cref="Goal.Progress"/> says; where that is null, the mean over its parts: each sub-goal that is not abandoned, with its own progress, and each
    /// todo that is not cancelled, with 1 if it is completed and 0 if not. Without such parts it is 0.
    /// </remarks>
    public double Progress { get; }

    /// <summary>The goal, without its parts.</summary>
    public override string ToString() => $"{Goal}, progress {Progress}";
}
