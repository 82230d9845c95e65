using System.Text.Json;

namespace Holdfast;

/// <summary>Goals as JSON text and back.</summary>
internal static class GoalCodec
{
    /// <summary>Writes a goal as it is stored: its id is the key and is not repeated in the value.</summary>
    /// <exception cref="InvalidStateValueException">The goal cannot be stored.</exception>
    public static byte[] Write(Goal goal)
    {
        var path = PathOf(goal.Id);
        return GoalRules.Problem(goal) is { } problem
            ? throw new InvalidStateValueException($"{path} cannot be stored: {problem}")
            : Utf8Json.Write(ToDocument(goal, withId: false), GoalJson.Relaxed.GoalDocument, path);
    }

    /// <summary>Writes a goal with its id.</summary>
    public static void Write(Utf8JsonWriter writer, Goal goal) => JsonSerializer.Serialize(writer, ToDocument(goal, withId: true), GoalJson.Relaxed.GoalDocument);

    /// <summary>Reads a goal. Without an <paramref name="id"/> it has the one that the text says, if any.</summary>
    /// <exception cref="InvalidStateValueException">The text is not that of a goal.</exception>
    public static Goal Read(string? id, ReadOnlyMemory<byte> json, string path)
    {
        var document = Utf8Json.Read(json.Span, GoalJson.Relaxed.GoalDocument, path) ?? throw new InvalidStateValueException($"{path} is null; a goal is expected.");
        var goal = new Goal
        {
            Id = id ?? document.Id ?? "",
            Text = document.Text,
            Status = document.Status,
            Progress = document.Progress,
            ParentId = document.Parent,
            TodoIds = document.Todos?.AsReadOnly() ?? (IReadOnlyList<string>)[],
            Order = document.Order,
            Extra = document.Extra?.AsReadOnly(),
        };
        return GoalRules.Problem(goal) is { } problem ? throw new InvalidStateValueException($"{path} cannot be read as a goal: {problem}") : goal;
    }

    public static Goal Read(string id, ReadOnlyMemory<byte> json) => Read(id, json, PathOf(id));

    public static IEnumerable<Goal> ReadAll(ThreadState state)
        => state.Find(SectionNames.Goals) is { } goals
            ? goals.Select(goal => Read(goal.Key, goal.Value)).ToList().OrderBy(goal => goal.Order).ThenBy(goal => goal.Id, StringComparer.Ordinal)
            : [];

    private static string PathOf(string id) => $"{SectionNames.Goals}/{id}";

    private static GoalDocument ToDocument(Goal goal, bool withId) => new()
    {
        Id = withId ? goal.Id : null,
        Text = goal.Text,
        Status = goal.Status,
        Progress = goal.Progress,
        Parent = goal.ParentId,
        Todos = goal.TodoIds.Count > 0 ? [.. goal.TodoIds] : null,
        Order = goal.Order,
        Extra = goal.Extra is { } extra ? new(extra, StringComparer.Ordinal) : null,
    };
}
