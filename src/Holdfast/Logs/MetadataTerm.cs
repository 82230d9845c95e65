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

    // 1, 1.0 and 10e-1 are equal, whatever their size: a number is its digits without zeros at either end, and the power of ten they are multiplied with.
    private static string OfNumber(JsonElement value)
    {
        var text = value.GetRawText().AsSpan();
        var sign = text[0] == '-' ? "-" : "";
        var mantissa = text[sign.Length..];
        long exponent = 0;
        if (mantissa.IndexOfAny('e', 'E') is var e and >= 0)
        {
            if (!long.TryParse(mantissa[(e + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent))
            {
                return text.ToString();
            }

            mantissa = mantissa[..e];
        }

        if (mantissa.IndexOf('.') is var point and >= 0)
        {
            exponent -= mantissa.Length - point - 1;
            mantissa = string.Concat(mantissa[..point], mantissa[(point + 1)..]);
        }

        var digits = mantissa.TrimStart('0');
        var significant = digits.TrimEnd('0');
        exponent += digits.Length - significant.Length;
        return significant.IsEmpty ? "0" : string.Create(CultureInfo.InvariantCulture, $"{sign}{significant}e{exponent}");
    }
}
