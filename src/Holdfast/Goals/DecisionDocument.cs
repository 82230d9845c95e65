using System.Text.Json.Serialization;

namespace Holdfast;

/// <summary>A decision as JSON has it. When it was made is what its commit says.</summary>
internal sealed class DecisionDocument
{
    [JsonRequired]
    public string Text { get; set; } = "";

    [JsonRequired]
    public string Reason { get; set; } = "";

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public List<string>? Alternatives { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Goal { get; set; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? By { get; set; }
}
