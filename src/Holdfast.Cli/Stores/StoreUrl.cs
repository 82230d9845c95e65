using System.Buffers;

namespace Holdfast.Cli;

/// <summary>Where threads are stored, as users write it: a scheme, a colon, and what the scheme needs.</summary>
/// <param name="Scheme">The scheme, in lower case.</param>
/// <param name="Rest">What follows the colon. It may hold a password: it is never shown.</param>
internal readonly record struct StoreUrl(string Scheme, string Rest)
{
    /// <summary>What is used when nothing is said.</summary>
    public const string Default = "sqlite:holdfast.db";

    // As in RFC 3986, section 3.1.
    private static readonly SearchValues<char> SchemeCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

    /// <summary>The whole URL. It may hold a password: it is never shown.</summary>
    public string Text => $"{Scheme}:{Rest}";

    /// <summary>The path that follows the scheme; <c>sqlite:///tmp/x.db</c> and <c>sqlite:/tmp/x.db</c> are the same.</summary>
    public string Path => Rest.StartsWith("//", StringComparison.Ordinal) ? Rest[2..] : Rest;

    /// <exception cref="ToolException">The text has no scheme.</exception>
    public static StoreUrl Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && !text.AsSpan(0, colon).ContainsAnyExcept(SchemeCharacters)
            ? new(text[..colon].ToLowerInvariant(), text[(colon + 1)..])
            : throw ToolException.Usage(
                $"'{text}' is no store URL: it has no scheme before a colon.",
                $"Write for example sqlite:{(text.Length > 0 && colon < 0 ? text : "holdfast.db")}, file:threads or memory:.");
    }
}
