using System.Buffers;
using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Holdfast;

/// <summary>Reads strings of JSON that need not be text: half a surrogate pair, which a model writes that is cut off within an emoji, is valid JSON and no valid UTF-16.</summary>
internal static class LooseText
{
    private const int EscapeLength = 6;

    /// <summary>The text of a string; what is no character is U+FFFD in it.</summary>
    public static string Of(JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException) when (value.ValueKind == JsonValueKind.String)
        {
            return JsonElement.Parse(Mended(JsonMarshal.GetRawUtf8Value(value))).GetString()!;
        }
    }

    /// <summary>The name of a member; what is no character is U+FFFD in it.</summary>
    public static string NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            var mended = Mended(JsonMarshal.GetRawUtf8PropertyName(member));
            byte[] quoted = [.. "\""u8, .. mended, .. "\""u8];
            return JsonElement.Parse(quoted).GetString()!;
        }
    }

    private static ReadOnlySpan<byte> Mended(ReadOnlySpan<byte> json)
    {
        var mended = new ArrayBufferWriter<byte>(json.Length);
        while (!json.IsEmpty)
        {
            var length = json[0] != '\\' ? 1 : json[1] != 'u' ? 2 : IsPair(json) ? 2 * EscapeLength : EscapeLength;
            mended.Write(length == EscapeLength && char.IsSurrogate(Escaped(json)) ? "\\ufffd"u8 : json[..length]);
            json = json[length..];
        }

        return mended.WrittenSpan;
    }

    private static bool IsPair(ReadOnlySpan<byte> json)
        => char.IsHighSurrogate(Escaped(json)) && json[EscapeLength..].StartsWith("\\u"u8) && char.IsLowSurrogate(Escaped(json[EscapeLength..]));

    private static char Escaped(ReadOnlySpan<byte> json) => Utf8Parser.TryParse(json.Slice(2, 4), out ushort unit, out _, 'x') ? (char)unit : default;
}
