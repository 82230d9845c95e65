using System.Text.RegularExpressions;

namespace Holdfast;

/// <summary>Hides passwords and keys within URLs and connection strings.</summary>
internal static partial class SecretText
{
    private const string Hidden = "***";

    /// <summary>The text as it may be shown. What is no URL is not shown at all.</summary>
    public static string Hide(string text)
    {
        if (!StoreUrl.TryParse(text, out _))
        {
            return Hidden;
        }

        // Up to the last @: a password may hold one that should have been written as %40.
        var hidden = UserInformation().Replace(text, $"${{before}}:{Hidden}@");
        return Named().Replace(hidden, $"${{before}}{Hidden}");
    }

    [GeneratedRegex("(?<before>//[^:/@]*):.*@", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex UserInformation();

    [GeneratedRegex("(?<before>[?&;,][^=&;,]*(password|pwd|secret|token|key|credential)[^=&;,]*=)[^&;,]*", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Named();
}
