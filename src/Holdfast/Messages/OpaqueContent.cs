using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>Content of a kind that this process does not know, kept as it was stored.</summary>
/// <remarks>A message that holds it is written back byte for byte.</remarks>
public sealed class OpaqueContent : AIContent
{
    private readonly byte[] _json;

    internal OpaqueContent(ReadOnlySpan<byte> json) => _json = json.ToArray();

    /// <summary>The kind, as stored in <c>$type</c>; null if there was none.</summary>
    public string? Kind
        => ToJson() is { ValueKind: JsonValueKind.Object } json && json.TryGetProperty("$type", out var kind) ? kind.ToString() : null;

    internal ReadOnlySpan<byte> Json => _json;

    /// <summary>The stored JSON.</summary>
    public JsonElement ToJson() => JsonElement.Parse(_json);

    /// <inheritdoc/>
    public override string ToString() => Encoding.UTF8.GetString(_json);
}
