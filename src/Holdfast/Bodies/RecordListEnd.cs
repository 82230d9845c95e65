using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Holdfast;

/// <summary>The end of a list of records: how many it has, and where the last one stands.</summary>
/// <param name="Count">How many records the list has up to this one.</param>
/// <param name="Version">The version of the commit that has it.</param>
/// <param name="Index">Its place among the records of that commit.</param>
internal readonly record struct RecordListEnd(long Count, long Version, int Index)
{
    /// <summary>The JSON text: <c>[count, version, place]</c>.</summary>
    public byte[] ToJson() => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"[{Count},{Version},{Index}]"));

    /// <exception cref="FormatException">The text is not that of an end.</exception>
    public static RecordListEnd Read(ReadOnlyMemory<byte> json)
    {
        if (JsonElement.Parse(json.Span) is { ValueKind: JsonValueKind.Array } parts && parts.GetArrayLength() == 3
            && parts.EnumerateArray().All(part => part.ValueKind == JsonValueKind.Number)
            && parts[0].TryGetInt64(out var count) && parts[1].TryGetInt64(out var version) && parts[2].TryGetInt32(out var index)
            && count >= 1 && version >= 1 && index >= 0)
        {
            return new(count, version, index);
        }

        throw new FormatException("the end of a list of records is [count, version, place].");
    }

    /// <summary>Whether a record can be the one before this one.</summary>
    public bool Follows(RecordListEnd? before)
        => before is { } earlier ? earlier.Count == Count - 1 && (earlier.Version < Version || (earlier.Version == Version && earlier.Index < Index)) : Count == 1;
}
