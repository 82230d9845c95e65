namespace Holdfast;

/// <summary>What a goal may be, and how far it has come.</summary>
internal static class GoalRules
{
    /// <summary>Why a goal cannot be stored, leaving its parent aside; null if it can.</summary>
    public static string? Problem(Goal goal)
    {
        if (string.IsNullOrEmpty(goal.Text))
        {
            return "A goal needs a text: what is to be achieved.";
        }

        if (!Enum.IsDefined(goal.Status))
        {
            return $"{goal.Status} is no status of a goal.";
        }

        if (goal.TodoIds is null)
        {
            return "The todos of a goal are a list, which can be empty but not null.";
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var todo in goal.TodoIds)
        {
            if (string.IsNullOrEmpty(todo))
            {
                return "A todo of a goal is named by its id, which cannot be empty.";
            }

            if (!seen.Add(todo))
            {
                return $"The goal names the todo '{todo}' twice.";
            }
        }

        return ProgressProblem(goal.Progress);
    }

    /// <summary>Why a progress cannot be; null if it can.</summary>
    public static string? ProgressProblem(double? progress)
        => progress is null or (>= 0 and <= 1) ? null : FormattableString.Invariant($"The progress of a goal is a number from 0 to 1, or null where it follows from its parts; it was {progress}.");

    /// <summary>Checks the ids that a goal names, as far as they must be ones that can be stored.</summary>
    /// <exception cref="InvalidIdentifierException">An id cannot be a key.</exception>
    public static void CheckIds(Goal goal)
    {
        Utf8Json.CheckKey(goal.Id, SectionNames.Goals);
        foreach (var todo in goal.TodoIds)
        {
            Utf8Json.CheckKey(todo, SectionNames.Todos);
        }
    }

    /// <summary>Why a goal cannot be a part of another; null if it can.</summary>
    /// <param name="id">The goal; empty for a new one.</param>
    /// <param name="parent">The goal that it is to be a part of.</param>
    /// <param name="find">Finds a goal by its id.</param>
    public static string? ParentProblem(string id, string parent, Func<string, Goal?> find)
    {
        if (parent == id)
        {
            return $"The goal '{id}' cannot be a part of itself.";
        }

        if (find(parent) is not { } goal)
        {
            return $"The parent '{parent}' of the goal is not there: add it first.";
        }

        // What was merged may have a circle already.
        var seen = new HashSet<string>(StringComparer.Ordinal) { parent };
        for (var above = goal; above?.ParentId is { } next && seen.Add(next); above = find(next))
        {
            if (next == id)
            {
                return $"The goal '{id}' cannot be a part of '{parent}', which is a part of '{id}': goals may not form a circle.";
            }
        }

        return null;
    }

    /// <summary>How far a goal has come; see <see cref="GoalNode.Progress"/>.</summary>
    public static double ProgressOf(Goal goal, IReadOnlyList<GoalNode> children, IReadOnlyList<TodoItem> todos)
    {
        if (goal.Status == GoalStatus.Achieved)
        {
            return 1;
        }

        if (goal.Progress is { } said)
        {
            return said;
        }

        var (sum, parts) = (0d, 0);
        foreach (var child in children.Where(child => child.Goal.Status != GoalStatus.Abandoned))
        {
            (sum, parts) = (sum + child.Progress, parts + 1);
        }

        foreach (var todo in todos.Where(todo => todo.Status != TodoStatus.Cancelled))
        {
            (sum, parts) = (sum + (todo.Status == TodoStatus.Completed ? 1 : 0), parts + 1);
        }

        return parts == 0 ? 0 : sum / parts;
    }
}
