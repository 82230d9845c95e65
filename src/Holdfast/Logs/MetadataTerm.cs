using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Holdfast.Logs;

/// <summary>The text by which a backend indexes a metadata value, made so that equal JSON values have equal terms.</summary>
public static class MetadataTerm
{
    /// <summary>The longest string that is indexed by its own text, in UTF-16 units; a longer one is indexed by its digest.</summary>
    private const int LongestText = 256;

    /// <summary>The term of a string, number, true, false or null; null for an object or array, which are not indexed.</summary>
    public static string? Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => OfString(value),
        JsonValueKind.Number => "n" + OfNumber(value),
        JsonValueKind.True => "t",
        JsonValueKind.False => "f",
        JsonValueKind.Null => "z",
        _ => null,
    };

    private static string OfString(JsonElement value)
    {
        try
        {
            return OfText(value.GetString()!);
        }
        catch (InvalidOperationException)
        {
            // JSON can escape half of a surrogate pair, which no string can be read from. Its own spelling stands for it.
            return "x" + Digest.Compute(JsonMarshal.GetRawUtf8Value(value));
        }
    }

    private static string OfText(string text) => text.Length <= LongestText && !text.Contains('\0')
        ? "s" + text
        : "h" + Digest.Compute(MemoryMarshal.AsBytes(text.AsSpan()));

    // 1, 1.0 and 1e0 are equal; a decimal without trailing zeros writes them alike. What a decimal cannot hold is compared as a double.
    private static string OfNumber(JsonElement value) => value.TryGetDecimal(out var number)
        ? (number / 1.000000000000000000000000000000000m).ToString(CultureInfo.InvariantCulture)
        : value.GetDouble().ToString("R", CultureInfo.InvariantCulture);
}
