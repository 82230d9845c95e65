using System.Collections;

namespace Holdfast;

/// <summary>The goals of a session, in their order.</summary>
/// <remarks>
/// Each goal is a key of its own, so that sessions that change different goals do not conflict. What two of them did may not fit together then: a goal whose parent another session removed stands
/// by itself, and of goals that two sessions put under each other, the first in order does.
/// </remarks>
public sealed class GoalList : IReadOnlyCollection<Goal>
{
    private readonly SessionState _session;

    internal GoalList(SessionState session) => _session = session;

    /// <summary>How many goals there are, whatever their status.</summary>
    public int Count => _session.State.Find(SectionNames.Goals)?.Count ?? 0;

    /// <summary>Adds a goal after the others.</summary>
    /// <param name="text">What is to be achieved.</param>
    /// <param name="parentId">The id of the goal that it is a part of; null for none.</param>
    /// <returns>The goal with its new id.</returns>
    /// <exception cref="ArgumentException">The text is empty, or the parent is not there.</exception>
    public Goal Add(string text, string? parentId = null)
        => Put(new() { Text = text, ParentId = parentId, Order = (this.LastOrDefault()?.Order ?? 0) + 1 });

    /// <summary>Adds a goal, or replaces the one with its id.</summary>
    /// <returns>The goal, with a new id if it had none.</returns>
    /// <exception cref="ArgumentException">
    /// The text is empty, the progress is not from 0 to 1, the parent that it is given is not there or is a part of the goal, or a todo is named twice.
    /// </exception>
    /// <exception cref="InvalidIdentifierException">The id of the goal or of a todo cannot be used.</exception>
    /// <exception cref="InvalidStateValueException">A text or number cannot be JSON.</exception>
    public Goal Put(Goal goal)
    {
        ArgumentNullException.ThrowIfNull(goal);
        if (GoalRules.Problem(goal) is { } problem)
        {
            throw new ArgumentException(problem, nameof(goal));
        }

        var stored = goal.Id.Length == 0 ? goal with { Id = TodoList.NewId() } : goal;
        GoalRules.CheckIds(stored);

        // A goal that was left without its parent can still be changed.
        if (stored.ParentId is { } parent && parent != Find(stored.Id)?.ParentId && GoalRules.ParentProblem(stored.Id, parent, Find) is { } misplaced)
        {
            throw new ArgumentException(misplaced, nameof(goal));
        }

        _session.Set(SectionNames.Goals, stored.Id, GoalCodec.Write(stored));
        return stored;
    }

    /// <summary>The goal with an id; null if there is none.</summary>
    public Goal? Find(string id)
        => _session.State.TryGet(SectionNames.Goals, id, out var json) ? GoalCodec.Read(id, json) : null;

    /// <summary>Gives a goal another status.</summary>
    /// <returns>Whether there is such a goal.</returns>
    /// <exception cref="ArgumentException">The value is not a status.</exception>
    public bool SetStatus(string id, GoalStatus status) => Change(id, goal => goal with { Status = status });

    /// <summary>Says how far a goal has come.</summary>
    /// <param name="id">The goal.</param>
    /// <param name="progress">0 to 1; null where it follows from the parts of the goal.</param>
    /// <returns>Whether there is such a goal.</returns>
    /// <exception cref="ArgumentException">The progress is NaN, below 0 or above 1.</exception>
    public bool SetProgress(string id, double? progress)
        => GoalRules.ProgressProblem(progress) is { } problem ? throw new ArgumentException(problem, nameof(progress)) : Change(id, goal => goal with { Progress = progress });

    /// <summary>Notes that a todo serves a goal.</summary>
    /// <returns>Whether there is such a goal.</returns>
    /// <exception cref="InvalidIdentifierException">The id of the todo cannot be used.</exception>
    public bool AddTodo(string id, string todoId)
    {
        ArgumentNullException.ThrowIfNull(todoId);
        return Change(id, goal => goal.TodoIds.Contains(todoId, StringComparer.Ordinal) ? goal : goal with { TodoIds = [.. goal.TodoIds, todoId] });
    }

    /// <summary>Removes a goal. Its sub-goals become parts of what it was a part of; its todos stay.</summary>
    /// <returns>Whether there was such a goal.</returns>
    public bool Remove(string id)
    {
        if (Find(id) is not { } removed)
        {
            return false;
        }

        foreach (var child in this.Where(goal => goal.ParentId == id && goal.Id != id).ToList())
        {
            var parent = removed.ParentId == child.Id ? null : removed.ParentId;
            _session.Set(SectionNames.Goals, child.Id, GoalCodec.Write(child with { ParentId = parent }));
        }

        return _session.Remove(SectionNames.Goals, id);
    }

    /// <summary>The goals that stand by themselves, in order, each with its sub-goals, its todos and its progress.</summary>
    public IReadOnlyList<GoalNode> Tree() => GoalTree.Of(this, TodoCodec.ReadAll(_session.State));

    /// <summary>How far a goal has come, as <see cref="GoalNode.Progress"/> has it; null if there is none with this id.</summary>
    public double? ProgressOf(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return GoalTree.Find(Tree(), id)?.Progress;
    }

    /// <inheritdoc/>
    public IEnumerator<Goal> GetEnumerator() => GoalCodec.ReadAll(_session.State).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private bool Change(string id, Func<Goal, Goal> change)
    {
        if (Find(id) is not { } goal)
        {
            return false;
        }

        Put(change(goal));
        return true;
    }
}
