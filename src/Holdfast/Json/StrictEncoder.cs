using System.Text.Encodings.Web;

namespace Holdfast;

/// <summary>Escapes as the relaxed encoder does, but refuses halves of surrogate pairs, which others replace by U+FFFD without a word.</summary>
internal sealed unsafe class StrictEncoder : JavaScriptEncoder
{
    public static readonly StrictEncoder Instance = new();

    private StrictEncoder()
    {
    }

    public override int MaxOutputCharactersPerInputCharacter => UnsafeRelaxedJsonEscaping.MaxOutputCharactersPerInputCharacter;

    /// <summary>Whether a text has half of a surrogate pair.</summary>
    public static bool HasLoneSurrogate(ReadOnlySpan<char> text)
    {
        for (var i = text.IndexOfAnyInRange('\ud800', '\udfff'); i >= 0 && i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
            {
                continue;
            }

            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
            {
                return true;
            }

            i++;
        }

        return false;
    }

    public override int FindFirstCharacterToEncode(char* text, int textLength)
        => HasLoneSurrogate(new(text, textLength))
            ? throw new ArgumentException("a text contains half of a surrogate pair (was it cut inside an emoji?), which UTF-8 cannot hold.")
            : UnsafeRelaxedJsonEscaping.FindFirstCharacterToEncode(text, textLength);

    public override bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten)
        => UnsafeRelaxedJsonEscaping.TryEncodeUnicodeScalar(unicodeScalar, buffer, bufferLength, out numberOfCharactersWritten);

    public override bool WillEncode(int unicodeScalar) => UnsafeRelaxedJsonEscaping.WillEncode(unicodeScalar);
}
