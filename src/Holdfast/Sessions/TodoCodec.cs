namespace Holdfast;

/// <summary>Todos as JSON text and back. The id is the key and is not repeated in the value.</summary>
internal static class TodoCodec
{
    public static byte[] Write(TodoItem todo) => Utf8Json.Write(todo with { Id = null! }, TodoJson.Relaxed.TodoItem, $"todos/{todo.Id}");

    public static TodoItem Read(string id, ReadOnlyMemory<byte> json)
        => Utf8Json.Read(json, TodoJson.Relaxed.TodoItem, $"todos/{id}")! with { Id = id };

    public static IEnumerable<TodoItem> ReadAll(ThreadState state)
        => state.Find(SectionNames.Todos) is { } todos
            ? todos.Select(todo => Read(todo.Key, todo.Value)).ToList().OrderBy(todo => todo.Order).ThenBy(todo => todo.Id, StringComparer.Ordinal)
            : [];
}
