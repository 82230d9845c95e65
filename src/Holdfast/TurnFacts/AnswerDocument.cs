using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Holdfast;

/// <summary>An answer, as it is folded.</summary>
internal sealed record AnswerDocument
{
    public required AnswerKinds Kind { get; init; }

    public string? By { get; init; }

    public string? Reason { get; init; }

    public long At { get; init; }

    [JsonPropertyName("v")]
    public bool HasValue { get; init; }
}
