using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Holdfast;

/// <summary>A point in the life of a thread: a version, a time, a label, or so many commits back. <c>default</c> is the newest version.</summary>
/// <remarks>
/// <para>A point says what is meant; which version that is depends on the thread, and is found when the point is used. A whole number is a version: <c>thread.LoadAsync(12)</c>.</para>
/// <para>
/// As text: <c>12</c> is a version, <c>-3</c> three commits back, <c>2026-11-28T10:00Z</c> a time in ISO 8601 with its offset from UTC, <c>label:before refund</c> a label, and <c>newest</c> the newest version.
/// </para>
/// </remarks>
[DebuggerDisplay("{ToString(),nq}")]
public readonly record struct ThreadPoint
{
    /// <summary>The longest label, in bytes of UTF-8.</summary>
    internal const int MaxLabelBytes = 128;

    private const string NewestText = "newest";
    private const string LabelPrefix = "label:";

    // Seconds and their fractions may be missing, the offset may not: a time without one is another time on each machine.
    private static readonly string[] TimeFormats = ["yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    /// <summary>The newest version.</summary>
    public static ThreadPoint Newest => default;

    /// <summary>The version, if the point is one; 0 is the empty state before the first commit.</summary>
    public long? Version { get; private init; }

    /// <summary>The time, if the point is one.</summary>
    public DateTimeOffset? Time { get; private init; }

    /// <summary>The label, if the point is one.</summary>
    public string? Label { get; private init; }

    /// <summary>How many commits the point is before the newest one, if that is how it is said; 0 for <see cref="Newest"/>.</summary>
    public long? StepsBack => Version is null && Time is null && Label is null ? Steps : null;

    private long Steps { get; init; }

    /// <summary>A version.</summary>
    /// <param name="version">0 for the empty state before the first commit, 1 for the first commit, and so on.</param>
    /// <exception cref="ArgumentOutOfRangeException">The version is negative.</exception>
    public static ThreadPoint AtVersion(long version)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(version);
        return new() { Version = version };
    }

    /// <summary>The thread as it was at a time: the newest version that was committed then or before.</summary>
    /// <remarks>Times are those of the machines that committed. Where their clocks differ so much that the times of a thread do not rise, it is a version that is not later, followed by one that is.</remarks>
    public static ThreadPoint AtTime(DateTimeOffset time) => new() { Time = time };

    /// <summary>The version that has a label (<see cref="ThreadHandle.LabelAsync"/>).</summary>
    /// <param name="label">1 to 128 bytes of UTF-8 without control characters.</param>
    /// <exception cref="InvalidIdentifierException">The text cannot be a label.</exception>
    public static ThreadPoint AtLabel(string label) => new() { Label = Identifiers.Check(label, "label", MaxLabelBytes) };

    /// <summary>So many commits before the newest one.</summary>
    /// <param name="commits">0 for the newest one.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public static ThreadPoint Back(long commits)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(commits);
        return new() { Steps = commits };
    }

    /// <summary>A version, as <see cref="AtVersion"/> makes it.</summary>
    public static implicit operator ThreadPoint(long version) => AtVersion(version);

    /// <summary>A version, as <see cref="AtVersion"/> makes it.</summary>
    public static ThreadPoint FromInt64(long version) => AtVersion(version);

    /// <summary>Reads a point from its text.</summary>
    /// <exception cref="FormatException">The text is not that of a point.</exception>
    public static ThreadPoint Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParse(text, out var point)
            ? point
            : throw new FormatException(
                $"'{text}' is not a point of a thread. Write a version (12), commits back (-3), a time with its offset (2026-11-28T10:00Z), a label (label:NAME; at most {MaxLabelBytes} bytes, no control characters), or newest.");
    }

    /// <summary>Reads a point from its text.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ThreadPoint point)
    {
        point = default;
        switch (text)
        {
            case null or "":
                return false;
            case NewestText:
                return true;
            case not null when text.StartsWith(LabelPrefix, StringComparison.Ordinal):
                var label = text[LabelPrefix.Length..];
                point = new() { Label = label };
                return label.Length > 0 && Identifiers.Problem(label, MaxLabelBytes) is null;
            case ['-', ..]:
                var isNumber = long.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var back);
                point = new() { Steps = back };
                return isNumber;
            case not null when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version):
                point = new() { Version = version };
                return true;
            default:
                var isTime = DateTimeOffset.TryParseExact(text, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) && HasOffset(text);
                point = new() { Time = time };
                return isTime;
        }
    }

    /// <summary>The text that <see cref="Parse"/> reads.</summary>
    public override string ToString() => this switch
    {
        { Version: { } version } => version.ToString(CultureInfo.InvariantCulture),
        { Time: { } time } => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture),
        { Label: { } label } => LabelPrefix + label,
        { Steps: 0 } => NewestText,
        _ => string.Create(CultureInfo.InvariantCulture, $"-{Steps}"),
    };

    private static bool HasOffset(string text) => text.EndsWith('Z') || text.AsSpan(text.IndexOf('T', StringComparison.Ordinal)).ContainsAny('+', '-');
}
