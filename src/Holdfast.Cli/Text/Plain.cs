using System.Globalization;
using System.Text;

namespace Holdfast.Cli;

/// <summary>Stored text as it may be shown on a terminal.</summary>
/// <remarks>
/// Whatever someone once said or stored must not move the cursor, change colours, set the window's title, or turn the direction of the text around it. Such
/// characters are left out; <c>--json</c> has the text as it is stored.
/// </remarks>
internal static class Plain
{
    /// <summary>Text of several lines.</summary>
    public static string Lines(string text) => Clean(text, keepLines: true);

    /// <summary>Text in one line: line breaks become spaces.</summary>
    public static string OneLine(string text) => Clean(text, keepLines: false);

    /// <summary>The beginning of a text, cut between characters, not within one.</summary>
    public static string Shorten(string text, int longest)
    {
        var elements = StringInfo.GetTextElementEnumerator(text);
        for (var count = 0; elements.MoveNext(); count++)
        {
            if (count == longest)
            {
                return string.Concat(text.AsSpan(0, elements.ElementIndex), "…");
            }
        }

        return text;
    }

    /// <summary>A number of things: <c>1 thread</c>, <c>1,200 threads</c>.</summary>
    public static string Count(long number, string what) => string.Create(CultureInfo.InvariantCulture, $"{number:N0} {what}{(number == 1 ? "" : "s")}");

    private static string Clean(string text, bool keepLines)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~') && text.Length > 0)
        {
            return text;
        }

        var cleaned = new StringBuilder(text.Length);
        foreach (var rune in text.Replace("\r\n", "\n", StringComparison.Ordinal).EnumerateRunes())
        {
            if (rune.Value is '\n' or '\r' or 0x85 or 0x2028 or 0x2029)
            {
                cleaned.Append(keepLines ? '\n' : ' ');
            }
            else if (rune.Value == '\t')
            {
                cleaned.Append(keepLines ? '\t' : ' ');
            }
            else if (!IsHarmful(rune))
            {
                cleaned.Append(rune);
            }
        }

        return cleaned.ToString();
    }

    private static bool IsHarmful(Rune rune)
        => Rune.IsControl(rune) || rune.Value is (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069);
}
