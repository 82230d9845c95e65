namespace Holdfast;

public sealed partial record AgentState
{
    /// <summary>A copy with one more todo at the end of the list, under a new id.</summary>
    /// <exception cref="ArgumentException">The content is empty.</exception>
    public AgentState AddTodo(string content, TodoStatus status = TodoStatus.Pending)
    {
        TodoList.CheckContent(content, nameof(content));
        var todos = WithTodoIds().Todos;
        var order = todos.Count == 0 ? 1 : todos.Max(todo => todo.Order) + 1;
        return this with { Todos = [.. todos, new() { Id = TodoList.NewId(), Content = content, Status = status, Order = order }] };
    }

    /// <summary>A copy in which a todo has another status.</summary>
    /// <exception cref="ArgumentException">There is no todo with this id.</exception>
    public AgentState SetTodoStatus(string id, TodoStatus status)
    {
        ArgumentNullException.ThrowIfNull(id);
        return Todos.Any(todo => todo.Id == id)
            ? this with { Todos = [.. Todos.Select(todo => todo.Id == id ? todo with { Status = status } : todo)] }
            : throw new ArgumentException($"The state has no todo with the id '{id}'.", nameof(id));
    }

    /// <summary>A copy without a todo; an equal copy if there is none with this id.</summary>
    public AgentState RemoveTodo(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return this with { Todos = [.. Todos.Where(todo => todo.Id != id)] };
    }

    /// <summary>A copy in which every todo has an id; those that had none, and no order either, keep their places between the others.</summary>
    internal AgentState WithTodoIds()
        => Todos.All(todo => todo.Id.Length > 0)
            ? this
            : this with { Todos = NewItems.WithIds(Todos, todo => (todo.Id, todo.Order), (todo, id, order) => todo with { Id = id, Order = order }) };
}
