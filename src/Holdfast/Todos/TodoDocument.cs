using System.Text.Json;
using System.Text.Json.Serialization;

namespace Holdfast;

/// <summary>A todo as JSON has it.</summary>
internal sealed class TodoDocument
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Id { get; set; }

    [JsonRequired]
    public string Content { get; set; } = "";

    public TodoStatus Status { get; set; }

    public double Order { get; set; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Extra { get; set; }
}
