using System.Globalization;
using System.Text.Json;

namespace Holdfast;

/// <summary>Which fork a commit merges, and up to which version.</summary>
/// <param name="Id">The fork.</param>
/// <param name="Life">Its life.</param>
/// <param name="Version">The newest version of it that is merged.</param>
internal sealed record MergedFork(ThreadId Id, CommitId Life, long Version)
{
    /// <summary>Writes the member <c>merges</c>.</summary>
    public void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartArray("merges"u8);
        writer.WriteStringValue(Id.Value);
        writer.WriteStringValue(Life.Value.ToString("N", CultureInfo.InvariantCulture));
        writer.WriteNumberValue(Version);
        writer.WriteEndArray();
    }

    /// <exception cref="JsonException">The text is not that of a merged fork.</exception>
    public static MergedFork Read(ReadOnlyMemory<byte> json)
        => JsonElement.Parse(json.Span) is { ValueKind: JsonValueKind.Array } parts && parts.GetArrayLength() == 3
            && ThreadId.TryParse(parts[0].GetString(), out var id) && Guid.TryParseExact(parts[1].GetString(), "N", out var life) && parts[2].TryGetInt64(out var version)
            ? new(id, new(life), version)
            : throw new JsonException("what a commit merges is [id, life, version].");
}
