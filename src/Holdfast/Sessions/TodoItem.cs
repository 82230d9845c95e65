using System.Text.Json;
using System.Text.Json.Serialization;

namespace Holdfast;

/// <summary>One task on an agent's list.</summary>
public sealed record TodoItem
{
    /// <summary>The id of the todo within its thread.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public string Id { get; init; } = "";

    /// <summary>What is to be done.</summary>
    public required string Content { get; init; }

    /// <summary>Where it stands.</summary>
    public TodoStatus Status { get; init; }

    /// <summary>Its place in the list: todos are listed by rising order.</summary>
    public double Order { get; init; }

    /// <summary>What else was stored with it; kept when the todo changes.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Extra { get; init; }
}
