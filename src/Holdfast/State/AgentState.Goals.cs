namespace Holdfast;

public sealed partial record AgentState
{
    /// <summary>A copy with one more goal after the others, under a new id.</summary>
    /// <param name="text">What is to be achieved.</param>
    /// <param name="parentId">The id of the goal that it is a part of; null for none.</param>
    /// <exception cref="ArgumentException">The text is empty, or the parent is not there.</exception>
    public AgentState AddGoal(string text, string? parentId = null)
    {
        var goals = WithGoalIds().Goals;
        return PutGoal(goals, new() { Id = TodoList.NewId(), Text = text, ParentId = parentId, Order = goals.Count == 0 ? 1 : goals.Max(goal => goal.Order) + 1 });
    }

    /// <summary>A copy in which a goal has another status.</summary>
    /// <exception cref="ArgumentException">There is no goal with this id, or the value is not a status.</exception>
    public AgentState SetGoalStatus(string id, GoalStatus status) => PutGoal(Goals, GoalOf(id) with { Status = status });

    /// <summary>A copy in which a goal has another progress.</summary>
    /// <param name="id">The goal.</param>
    /// <param name="progress">0 to 1; null where it follows from the parts of the goal.</param>
    /// <exception cref="ArgumentException">There is no goal with this id, or the progress is NaN, below 0 or above 1.</exception>
    public AgentState SetGoalProgress(string id, double? progress) => PutGoal(Goals, GoalOf(id) with { Progress = progress });

    /// <summary>A copy without a goal, whose sub-goals become parts of what it was a part of; an equal copy if there is none with this id.</summary>
    public AgentState RemoveGoal(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return Goals.FirstOrDefault(goal => goal.Id == id) is { } removed
            ? this with
            {
                Goals = [.. Goals.Where(goal => goal.Id != id)
                    .Select(goal => goal.ParentId == id ? goal with { ParentId = removed.ParentId == goal.Id ? null : removed.ParentId } : goal)],
            }
            : this with { };
    }

    /// <summary>The goals that stand by themselves, in order, each with its sub-goals, its todos and its progress.</summary>
    public IReadOnlyList<GoalNode> GoalTree() => Holdfast.GoalTree.Of(Goals, Todos);

    /// <summary>A copy in which every goal has an id; those that had none, and no order either, keep their places between the others.</summary>
    internal AgentState WithGoalIds()
        => Goals.All(goal => goal.Id.Length > 0)
            ? this
            : this with { Goals = NewItems.WithIds(Goals, goal => (goal.Id, goal.Order), (goal, id, order) => goal with { Id = id, Order = order }) };

    private AgentState PutGoal(IReadOnlyList<Goal> goals, Goal goal)
    {
        if (GoalRules.Problem(goal) is { } problem)
        {
            throw new ArgumentException(problem, nameof(goal));
        }

        if (goals.Any(other => other.Id == goal.Id))
        {
            return this with { Goals = [.. goals.Select(other => other.Id == goal.Id ? goal : other)] };
        }

        return goal.ParentId is { } parent && GoalRules.ParentProblem(goal.Id, parent, id => goals.FirstOrDefault(other => other.Id == id)) is { } misplaced
            ? throw new ArgumentException(misplaced, nameof(goal))
            : this with { Goals = [.. goals, goal] };
    }

    private Goal GoalOf(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return Goals.FirstOrDefault(goal => goal.Id == id) ?? throw new ArgumentException($"The state has no goal with the id '{id}'.", nameof(id));
    }
}
