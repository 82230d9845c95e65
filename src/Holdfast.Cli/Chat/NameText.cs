using System.Text.RegularExpressions;

namespace Holdfast.Cli.Chat;

/// <summary>Finds names in what people say.</summary>
internal static partial class NameText
{
    private const int LongestName = 100;

    // Whoever writes that much does not introduce themselves, and no phrase is looked for in it.
    private const int LongestText = 2000;

    /// <summary>Whether someone asks for their name.</summary>
    public static bool IsQuestion(string said) => said.Length <= LongestText && Question().IsMatch(said);

    /// <summary>The name that someone says is theirs; null if they say none.</summary>
    public static string? Find(string said)
    {
        if (said.Length > LongestText || Statement().Match(said) is not { Success: true } statement)
        {
            return null;
        }

        var name = Trim(statement.Groups["name"].Value);
        return name.Length is > 0 and <= LongestName && name.Any(char.IsLetterOrDigit) ? name : null;
    }

    private static string Trim(string name)
    {
        var start = 0;
        var end = name.Length;
        while (start < end && IsAround(name[start]))
        {
            start++;
        }

        while (end > start && IsAround(name[end - 1]))
        {
            end--;
        }

        return Spaces().Replace(name[start..end], " ");
    }

    private static bool IsAround(char c) => char.IsWhiteSpace(c) || char.IsPunctuation(c) || c is '`' or '´';

    [GeneratedRegex(@"\b(?:what(?:['’`]?s|\s+is|\s+was)\s+my\s+name|who\s+am\s+i)\b|\b(?:what|know|remember|recall|tell\s+me|say)\b.*\bmy\s+name(?:\s+is)?(?:[\s,]+(?:again|now|please|today|still))*[\s?.!…]*$", Flags, 2000)]
    private static partial Regex Question();

    // The name ends with the sentence. A full stop ends it too, but not after an initial or a title: J. R. R. Tolkien, Dr. Who.
    [GeneratedRegex(@"\bmy\s+name(?:['’`]s|\s+is)\s+(?:now\s+)?(?!not\b)(?<name>(?:(?!\s+(?:and|but)\s)(?:[^.!?;:,。！？，；…()\r\n]|\.(?=\S)|(?<=\b(?:\p{L}|dr|mr|ms|mrs|st|prof|jr|sr))\.))+)", Flags, 2000)]
    private static partial Regex Statement();

    [GeneratedRegex(@"\s+", RegexOptions.None, 2000)]
    private static partial Regex Spaces();

    private const RegexOptions Flags = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;
}
