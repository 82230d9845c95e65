namespace Holdfast;

/// <summary>Puts goals under those that they are parts of, whatever is stored: a parent that is not there, or a circle that two merged commits made, loses no goal.</summary>
internal sealed class GoalTree
{
    private readonly Dictionary<string, (Goal Goal, int Place)> _goals = new(StringComparer.Ordinal);

    // The parent that a goal is shown under: null for one that stands by itself.
    private readonly Dictionary<string, string?> _parents = new(StringComparer.Ordinal);

    private GoalTree(IEnumerable<Goal> goals)
    {
        foreach (var goal in goals)
        {
            _goals.TryAdd(goal.Id, (goal, _goals.Count));
        }

        foreach (var (id, (goal, _)) in _goals)
        {
            _parents[id] = goal.ParentId is { } parent && _goals.ContainsKey(parent) ? parent : null;
        }

        OpenCircles();
    }

    /// <summary>The goals that stand by themselves, in order, with their parts.</summary>
    /// <param name="goals">All goals, in order.</param>
    /// <param name="todos">All todos.</param>
    public static IReadOnlyList<GoalNode> Of(IEnumerable<Goal> goals, IEnumerable<TodoItem> todos) => new GoalTree(goals).Build(todos);

    /// <summary>Finds a goal below some.</summary>
    public static GoalNode? Find(IEnumerable<GoalNode> roots, string id)
    {
        var open = new Stack<GoalNode>(roots);
        while (open.TryPop(out var node))
        {
            if (node.Goal.Id == id)
            {
                return node;
            }

            foreach (var child in node.Children)
            {
                open.Push(child);
            }
        }

        return null;
    }

    // In each circle the first goal in order stands by itself.
    private void OpenCircles()
    {
        var settled = new HashSet<string>(StringComparer.Ordinal);
        foreach (var start in _goals.Keys)
        {
            var path = new OrderedDictionary<string, int>(StringComparer.Ordinal);
            string? at = start;
            while (at is not null && !settled.Contains(at) && path.TryAdd(at, _goals[at].Place))
            {
                at = _parents[at];
            }

            if (at is not null && path.IndexOf(at) is var circle and >= 0)
            {
                _parents[path.Skip(circle).MinBy(goal => goal.Value).Key] = null;
            }

            settled.UnionWith(path.Keys);
        }
    }

    // From the leaves up, without recursion: how deep goals are nested is for their authors to say.
    private List<GoalNode> Build(IEnumerable<TodoItem> todos)
    {
        var todosById = new Dictionary<string, TodoItem>(StringComparer.Ordinal);
        foreach (var todo in todos)
        {
            todosById.TryAdd(todo.Id, todo);
        }

        var children = _goals.Keys.Where(id => _parents[id] is not null).ToLookup(id => _parents[id]!, StringComparer.Ordinal);
        var order = _goals.Keys.Where(id => _parents[id] is null).ToList();
        var roots = order.Count;
        for (var i = 0; i < order.Count; i++)
        {
            order.AddRange(children[order[i]]);
        }

        var nodes = new Dictionary<string, GoalNode>(StringComparer.Ordinal);
        for (var i = order.Count - 1; i >= 0; i--)
        {
            var goal = _goals[order[i]].Goal;
            nodes.Add(goal.Id, new(goal, [.. children[goal.Id].Select(child => nodes[child])], [.. goal.TodoIds.Where(todosById.ContainsKey).Select(todo => todosById[todo])]));
        }

        return [.. order.Take(roots).Select(id => nodes[id])];
    }
}
