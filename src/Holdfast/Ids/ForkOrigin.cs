using System.Globalization;

namespace Holdfast;

/// <summary>Where a thread was forked from.</summary>
/// <param name="Id">The thread that was forked.</param>
/// <param name="Life">Its life: tells it from a later thread with the same id.</param>
/// <param name="Version">The version at which it was forked.</param>
public sealed record ForkOrigin(ThreadId Id, CommitId Life, long Version)
{
    private const char Separator = ':';

    /// <summary>The text that is kept in the head of the fork.</summary>
    internal string ToText() => string.Create(CultureInfo.InvariantCulture, $"{Version}{Separator}{Life.Value:N}{Separator}{Id.Value}");

    /// <summary>Reads the text; null if it is none.</summary>
    internal static ForkOrigin? Parse(string? text)
        => text?.Split(Separator, 3) is [var version, var life, var id]
            && long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && Guid.TryParseExact(life, "N", out var guid) && ThreadId.TryParse(id, out var thread)
            ? new(thread, new(guid), number)
            : null;
}
