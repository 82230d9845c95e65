using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using Holdfast.Logs;

namespace Holdfast.Postgres.Rows;

/// <summary>Decides whether bytes are JSON text that PostgreSQL holds exactly, and can also make jsonb of when someone queries it.</summary>
internal static class PlainJson
{
    /// <summary>Deeper text is valid, but might exhaust the stack of the server.</summary>
    private const int MaxDepth = 256;

    /// <summary>Longer numbers, and those with greater exponents, may be beyond <c>numeric</c>.</summary>
    private const int MaxNumberLength = 1000, MaxExponent = 1000;

    /// <summary>Whether a body is stored as JSON, and not as bytes.</summary>
    public static bool IsBody(ReadOnlySpan<byte> body) => BodyKind.IsPlain(body) && CanHold(body);

    /// <summary>Whether <paramref name="text"/> is one JSON value that json and jsonb can hold.</summary>
    public static bool CanHold(ReadOnlySpan<byte> text)
    {
        if (!Utf8.IsValid(text))
        {
            return false;
        }

        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType switch
                {
                    JsonTokenType.Number => !CanHoldNumber(reader.ValueSpan),
                    JsonTokenType.String or JsonTokenType.PropertyName => reader.ValueIsEscaped && !CanHoldEscapes(reader.ValueSpan),
                    _ => false,
                })
                {
                    return false;
                }
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool CanHoldNumber(ReadOnlySpan<byte> number)
    {
        var exponent = number.IndexOfAny((byte)'e', (byte)'E');
        return number.Length <= MaxNumberLength
            && (exponent < 0
                || (int.TryParse(number[(exponent + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var power) && Math.Abs((long)power) <= MaxExponent));
    }

    // The escapes of NUL and of halves of surrogate pairs are valid JSON, but no text of PostgreSQL has what they stand for.
    private static bool CanHoldEscapes(ReadOnlySpan<byte> text)
    {
        var expectsLow = false;
        for (var i = 0; i < text.Length; i++)
        {
            var unit = -1;
            if (text[i] == '\\')
            {
                i++;
                if (text[i] == 'u')
                {
                    unit = int.Parse(text.Slice(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                    i += 4;
                }
            }

            var isLow = unit is >= 0xdc00 and <= 0xdfff;
            if (unit == 0 || isLow != expectsLow)
            {
                return false;
            }

            expectsLow = unit is >= 0xd800 and <= 0xdbff;
        }

        return !expectsLow;
    }
}
