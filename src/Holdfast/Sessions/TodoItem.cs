using System.Text.Json;

namespace Holdfast;

/// <summary>One task on an agent's list. Immutable.</summary>
public sealed record TodoItem
{
    /// <summary>The id of the todo within its thread.</summary>
    public string Id { get; init; } = "";

    /// <summary>What is to be done.</summary>
    public required string Content { get; init; }

    /// <summary>Where it stands.</summary>
    public TodoStatus Status { get; init; }

    /// <summary>Its place in the list: todos are listed by rising order.</summary>
    public double Order { get; init; }

    /// <summary>What else was stored with it; kept when the todo changes.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Extra { get; init; }
}
