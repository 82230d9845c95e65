using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Holdfast;

/// <summary>How far a feed of changes has come, to be stored and to go on from.</summary>
/// <remarks>It tells times, not versions: which threads the feed has told of since is told again. What was made of a thread is known by its own <see cref="ThreadInfo.Position"/>.</remarks>
public readonly record struct ChangesPosition
{
    /// <summary>More characters than any position has.</summary>
    private const int MostCharacters = 64;

    private const string Prefix = "c1-";

    /// <summary>The position before everything: <c>default</c>.</summary>
    public static ChangesPosition Beginning => default;

    /// <summary>When the newest listing that was told whole began; null before the first.</summary>
    internal DateTimeOffset? Listed { get; private init; }

    /// <summary>When the newest pass through all threads that was told whole began; null before the first.</summary>
    internal DateTimeOffset? Passed { get; private init; }

    internal static ChangesPosition Of(DateTimeOffset listed, DateTimeOffset passed) => new() { Listed = listed, Passed = passed };

    /// <summary>Reads a position from its text form, exactly as <see cref="ToString"/> writes it.</summary>
    /// <exception cref="InvalidIdentifierException">The text is not that of a position.</exception>
    public static ChangesPosition Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out var position) ? position : throw new InvalidIdentifierException("This is not the text of a position of a feed of changes, such as 'c1-1763706000000-1763705000000'.");
    }

    /// <summary>Reads a position from its text form, if the text is exactly as <see cref="ToString"/> writes it.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ChangesPosition position)
    {
        position = default;
        if (text is null || text.Length > MostCharacters || !text.StartsWith(Prefix, StringComparison.Ordinal)
            || text[Prefix.Length..].Split('-') is not [var listed, var passed] || Time(listed) is not { } first || Time(passed) is not { } second)
        {
            return false;
        }

        var read = first == 0 && second == 0 ? Beginning : Of(DateTimeOffset.FromUnixTimeMilliseconds(first), DateTimeOffset.FromUnixTimeMilliseconds(second));
        if (!string.Equals(read.ToString(), text, StringComparison.Ordinal))
        {
            return false;
        }

        position = read;
        return true;
    }

    /// <summary>The two times, in milliseconds since 1970: <c>c1-1763706000000-1763705000000</c>.</summary>
    public override string ToString()
        => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Listed?.ToUnixTimeMilliseconds() ?? 0}-{Passed?.ToUnixTimeMilliseconds() ?? 0}");

    private static long? Time(string text)
        => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var time) && time <= Logs.Instants.Last ? time : null;
}
