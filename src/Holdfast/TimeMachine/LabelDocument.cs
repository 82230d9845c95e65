using System.Text.Json.Serialization;

namespace Holdfast;

/// <summary>The stored form of a label. Times are milliseconds since 1970.</summary>
internal sealed record LabelDocument
{
    [JsonPropertyName("v")]
    public long Version { get; init; }

    public long At { get; init; }

    public string? By { get; init; }
}
