using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Holdfast;

/// <summary>Where a record stands.</summary>
/// <param name="Version">The version of the commit that has it.</param>
/// <param name="Index">Its place among the records of that commit.</param>
internal readonly record struct RecordPlace(long Version, int Index)
{
    /// <summary>The JSON text: <c>[version, place]</c>.</summary>
    public byte[] ToJson() => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"[{Version},{Index}]"));

    /// <exception cref="FormatException">The text is not that of a place.</exception>
    public static RecordPlace Read(ReadOnlyMemory<byte> json) => Read(JsonElement.Parse(json.Span));

    /// <summary>Reads an array of places.</summary>
    /// <exception cref="FormatException">One of them is not a place.</exception>
    /// <exception cref="InvalidOperationException">It is no array.</exception>
    public static IReadOnlyList<RecordPlace> ReadAll(ReadOnlyMemory<byte> json) => [.. JsonElement.Parse(json.Span).EnumerateArray().Select(Read)];

    private static RecordPlace Read(JsonElement json)
        => json.ValueKind == JsonValueKind.Array && json.GetArrayLength() == 2 && json.EnumerateArray().All(part => part.ValueKind == JsonValueKind.Number)
            && json[0].TryGetInt64(out var version) && json[1].TryGetInt32(out var index) && version >= 1 && index >= 0
                ? new(version, index)
                : throw new FormatException("where a record stands is [version, place].");
}
