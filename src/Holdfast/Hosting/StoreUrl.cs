using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Holdfast;

/// <summary>Where threads are stored, as people write it: a scheme, a colon, and what the scheme needs, such as <c>sqlite:holdfast.db</c>.</summary>
/// <remarks>It may hold a password: <see cref="ToString"/> and the messages of errors show the scheme alone.</remarks>
public readonly record struct StoreUrl
{
    // As in RFC 3986, section 3.1.
    private static readonly SearchValues<char> SchemeCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

    // What a connection string or the place of a server has and a path rarely does.
    private static readonly SearchValues<char> MarksOfSecrets = SearchValues.Create("=;@");

    private readonly string? _scheme;
    private readonly string? _rest;

    private StoreUrl(string scheme, string rest) => (_scheme, _rest) = (scheme, rest);

    /// <summary>The scheme, in lower case.</summary>
    public string Scheme => _scheme ?? "";

    /// <summary>The whole URL. It may hold a password: never show it.</summary>
    public string Text => $"{Scheme}:{_rest}";

    /// <summary>The path after the scheme; <c>sqlite:///tmp/x.db</c> and <c>sqlite:/tmp/x.db</c> have the same path.</summary>
    public string Path => _rest is null ? "" : _rest.StartsWith("//", StringComparison.Ordinal) ? _rest[2..] : _rest;

    /// <summary>Reads a URL.</summary>
    /// <exception cref="StateConfigurationException">The text has no scheme.</exception>
    public static StoreUrl Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out var url) ? url : throw new StateConfigurationException(WhyNot(text));
    }

    /// <summary>Reads a URL, if the text is one. A single letter before the colon is the drive of a path, not a scheme.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out StoreUrl url)
    {
        url = default;
        if (text?.IndexOf(':', StringComparison.Ordinal) is not { } colon || colon < 2 || text.AsSpan(0, colon).ContainsAnyExcept(SchemeCharacters))
        {
            return false;
        }

        url = new(text[..colon].ToLowerInvariant(), text[(colon + 1)..]);
        return true;
    }

    /// <summary>The path, for schemes that need one.</summary>
    /// <param name="expected">What is expected, with an example: <c>a file, as in sqlite:holdfast.db</c>.</param>
    /// <exception cref="StateConfigurationException">There is none.</exception>
    public string RequirePath(string expected)
        => string.IsNullOrWhiteSpace(Path) ? throw new StateConfigurationException($"The store URL '{Scheme}:' lacks {expected}.") : Path;

    /// <summary>The scheme; what follows it is hidden.</summary>
    public override string ToString() => $"{Scheme}:…";

    private static string WhyNot(string text)
    {
        var isSafe = !text.AsSpan().ContainsAny(MarksOfSecrets);
        var example = isSafe && text.Length > 1 && (!text.Contains(':', StringComparison.Ordinal) || text[1] == ':') ? text : "holdfast.db";
        return $"{(isSafe ? $"'{text}'" : "The text (not shown, because it may hold a password)")} is no store URL: it has no scheme before a colon. Write for example sqlite:{example}, file:threads or memory:.";
    }
}
