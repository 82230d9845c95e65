using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Holdfast;

/// <summary>An interrupt, as it is folded; prompt and payload are in a record, and so is the value of the answer.</summary>
internal sealed record InterruptDocument
{
    [JsonPropertyName("t")]
    public required string Turn { get; init; }

    public required string Name { get; init; }

    public required string Kind { get; init; }

    [JsonPropertyName("for")]
    public string? Audience { get; init; }

    [JsonPropertyName("s")]
    public required InterruptState State { get; init; }

    public string? Call { get; init; }

    public string? Hash { get; init; }

    public long At { get; init; }

    public long? Until { get; init; }

    public AnswerKinds Allow { get; init; }

    /// <summary>What the deadline answers.</summary>
    public AnswerKinds Late { get; init; } = AnswerKinds.Reject;

    [JsonPropertyName("a")]
    public AnswerDocument? Answer { get; init; }
}
