using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Holdfast;

/// <summary>A turn that ended, as a record.</summary>
internal sealed record TurnRecord
{
    public required string Id { get; init; }

    public required TurnDocument Turn { get; init; }

    public long EndedAt { get; init; }

    /// <summary>Its steps, by their keys, and where their results are: [version, place].</summary>
    public IReadOnlyDictionary<string, StepDocument>? Steps { get; init; }

    public IReadOnlyDictionary<string, long[]>? Outputs { get; init; }
}
