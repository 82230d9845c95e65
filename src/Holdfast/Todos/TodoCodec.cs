using System.Text.Json;

namespace Holdfast;

/// <summary>Todos as JSON text and back.</summary>
internal static class TodoCodec
{
    /// <summary>Writes a todo as it is stored: its id is the key and is not repeated in the value.</summary>
    public static byte[] Write(TodoItem todo) => Utf8Json.Write(ToDocument(todo, withId: false), TodoJson.Relaxed.TodoDocument, $"todos/{todo.Id}");

    /// <summary>Writes a todo with its id.</summary>
    public static void Write(Utf8JsonWriter writer, TodoItem todo) => JsonSerializer.Serialize(writer, ToDocument(todo, withId: true), TodoJson.Relaxed.TodoDocument);

    /// <summary>Reads a todo. Without an <paramref name="id"/> it has the one that the text says, if any.</summary>
    public static TodoItem Read(string? id, ReadOnlyMemory<byte> json, string path)
    {
        var todo = Utf8Json.Read(json.Span, TodoJson.Relaxed.TodoDocument, path) ?? throw new InvalidStateValueException($"{path} is null; a todo is expected.");
        return new()
        {
            Id = id ?? todo.Id ?? "",
            Content = todo.Content,
            Status = todo.Status,
            Order = todo.Order,
            Extra = todo.Extra?.AsReadOnly(),
        };
    }

    public static TodoItem Read(string id, ReadOnlyMemory<byte> json) => Read(id, json, $"todos/{id}");

    public static IEnumerable<TodoItem> ReadAll(ThreadState state)
        => state.Find(SectionNames.Todos) is { } todos
            ? todos.Select(todo => Read(todo.Key, todo.Value)).ToList().OrderBy(todo => todo.Order).ThenBy(todo => todo.Id, StringComparer.Ordinal)
            : [];

    private static TodoDocument ToDocument(TodoItem todo, bool withId) => new()
    {
        Id = withId ? todo.Id : null,
        Content = todo.Content,
        Status = todo.Status,
        Order = todo.Order,
        Extra = todo.Extra is { } extra ? new(extra, StringComparer.Ordinal) : null,
    };
}
