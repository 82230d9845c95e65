using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Holdfast;

/// <summary>A step of a turn that has not ended, as it is folded.</summary>
internal sealed record StepDocument
{
    [JsonPropertyName("k")]
    public required string Kind { get; init; }

    [JsonPropertyName("s")]
    public required StepState State { get; init; }

    [JsonPropertyName("n")]
    public int Attempt { get; init; } = 1;

    [JsonPropertyName("at")]
    public long At { get; init; }

    /// <summary>How long it took, in milliseconds.</summary>
    public long? Ms { get; init; }

    /// <summary>The call that the step carries out.</summary>
    public string? Call { get; init; }

    public string? Input { get; init; }

    /// <summary>Until when a delay lasts.</summary>
    public long? Until { get; init; }

    public string? Error { get; init; }

    /// <summary>Whether its result is in a record.</summary>
    [JsonPropertyName("out")]
    public bool HasOutput { get; init; }
}
