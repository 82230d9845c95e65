using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;

namespace Holdfast;

/// <summary>How the body of an entry stands in a bundle.</summary>
internal static class BundleBody
{
    /// <summary>How deep the JSON of a line may be.</summary>
    public const int MaxDepth = 1024;

    private const int MaxBodyDepth = MaxDepth - 8;

    /// <summary>Writes a body as a member of its entry.</summary>
    public static void Write(Utf8JsonWriter writer, ReadOnlyMemory<byte> body)
    {
        if (IsText(body.Span))
        {
            writer.WritePropertyName("body"u8);
            writer.WriteRawValue(body.Span, skipInputValidation: true);
        }
        else
        {
            writer.WriteBase64String("base64"u8, body.Span);
        }
    }

    /// <summary>Reads the body of an entry. The bytes are its own.</summary>
    public static byte[] Read(JsonElement entry)
        => entry.TryGetProperty("body", out var text) ? JsonMarshal.GetRawUtf8Value(text).ToArray() : entry.GetProperty("base64").GetBytesFromBase64();

    // Whether a body can be read from a line byte for byte: one JSON object, on one line, with nothing around it.
    private static bool IsText(ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty || body[0] != (byte)'{' || body[^1] != (byte)'}' || body.IndexOfAny((byte)'\n', (byte)'\r') >= 0 || !Utf8.IsValid(body))
        {
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(body, new() { MaxDepth = MaxBodyDepth });
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
