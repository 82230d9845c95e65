using System.Text.Json;

namespace Holdfast;

/// <summary>The todos of the framework's todo provider are those of the thread: they have a number there, and a text that tells more.</summary>
internal static class TodoBridge
{
    private const string Number = "agent-framework/number";
    private const string Description = "description";

    // What the provider notes in a session's bag, under its own name.
    private static readonly string Key = SessionDocument.BagKey("TodoProvider");

    /// <summary>Gives a session the todos of the thread. Those that others added get a number, which is stored when the session is saved.</summary>
    public static void Show(Dictionary<string, JsonElement> state, TodoList todos)
    {
        var noted = Noted(state);
        if (todos.Count == 0 && !state.ContainsKey(Key))
        {
            return;
        }

        var next = Math.Max(noted.NextId, todos.Select(NumberOf).Max().GetValueOrDefault() + 1);
        var items = new List<TodoDocument.Item>();
        foreach (var todo in todos.ToList())
        {
            if (NumberOf(todo) is not { } number)
            {
                number = next++;
                todos.Put(todo with { Extra = With(todo.Extra, Number, JsonSerializer.SerializeToElement(number, SessionJson.Default.Int32)) });
            }

            var description = todo.Extra?.GetValueOrDefault(Description) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
            items.Add(new() { Id = number, Title = todo.Content, Description = description, IsComplete = IsDone(todo) });
        }

        state[Key] = JsonSerializer.SerializeToElement(new TodoDocument { Items = items, NextId = next }, SessionJson.Default.TodoDocument);
    }

    /// <summary>Makes the todos of the thread those of a session; the session keeps only which number is next.</summary>
    public static void Store(Dictionary<string, JsonElement> state, TodoList todos)
    {
        if (!state.ContainsKey(Key))
        {
            return;
        }

        var noted = Noted(state);
        var numbered = todos.Where(todo => NumberOf(todo) is not null).ToDictionary(todo => NumberOf(todo)!.Value);
        foreach (var gone in numbered.Where(todo => !noted.Items.Any(item => item.Id == todo.Key)))
        {
            todos.Remove(gone.Value.Id);
        }

        foreach (var item in noted.Items)
        {
            var known = numbered.GetValueOrDefault(item.Id) ?? new TodoItem { Content = item.Title, Order = todos.Select(todo => todo.Order).DefaultIfEmpty().Max() + 1 };
            var extra = With(known.Extra, Number, JsonSerializer.SerializeToElement(item.Id, SessionJson.Default.Int32));
            extra = item.Description is { } description ? With(extra, Description, JsonSerializer.SerializeToElement(description, SessionJson.Default.String)) : extra;
            var status = item.IsComplete == IsDone(known) ? known.Status : item.IsComplete ? TodoStatus.Completed : TodoStatus.Pending;
            if (known with { Content = item.Title, Status = status, Extra = extra } is var todo && todo != known)
            {
                todos.Put(todo);
            }
        }

        state[Key] = JsonSerializer.SerializeToElement(new TodoDocument { NextId = noted.NextId }, SessionJson.Default.TodoDocument);
    }

    private static TodoDocument Noted(Dictionary<string, JsonElement> state)
        => state.TryGetValue(Key, out var json) && json.ValueKind == JsonValueKind.Object ? json.Deserialize(SessionJson.Default.TodoDocument)! : new();

    private static int? NumberOf(TodoItem todo) => todo.Extra?.GetValueOrDefault(Number) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var value) ? value : null;

    private static bool IsDone(TodoItem todo) => todo.Status is TodoStatus.Completed or TodoStatus.Cancelled;

    private static Dictionary<string, JsonElement> With(IReadOnlyDictionary<string, JsonElement>? extra, string name, JsonElement value)
        => new(extra ?? new Dictionary<string, JsonElement>(), StringComparer.Ordinal) { [name] = value };
}
