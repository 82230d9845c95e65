namespace Holdfast.Logs;

/// <summary>Instants as logs store them: whole milliseconds since 1970-01-01T00:00:00Z.</summary>
public static class Instants
{
    /// <summary>A period lasts 2^16 ms, about a minute.</summary>
    private const int PeriodBits = 16;

    /// <summary>The first instant that there is.</summary>
    public static long First { get; } = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();

    /// <summary>The last instant that there is.</summary>
    public static long Last { get; } = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    /// <summary>The last millisecond that is not after <paramref name="instant"/>.</summary>
    public static long Floor(DateTimeOffset instant) => instant.ToUnixTimeMilliseconds();

    /// <inheritdoc cref="Floor(DateTimeOffset)"/>
    public static long? Floor(DateTimeOffset? instant) => instant?.ToUnixTimeMilliseconds();

    /// <summary>The first millisecond that is not before <paramref name="instant"/>.</summary>
    public static long Ceiling(DateTimeOffset instant) => Floor(instant) + (instant.UtcTicks % TimeSpan.TicksPerMillisecond == 0 ? 0 : 1);

    /// <summary>The instant that is some time before another one; the beginning of 1970 where that would be before it, since nothing is older.</summary>
    internal static DateTimeOffset Before(DateTimeOffset instant, TimeSpan time)
        => instant - DateTimeOffset.UnixEpoch > time ? instant - time : DateTimeOffset.UnixEpoch;

    /// <summary>Reads an instant.</summary>
    /// <param name="millis">What is stored.</param>
    /// <param name="key">The thread that it belongs to.</param>
    /// <param name="version">The version that it is stored with; 0 for the head.</param>
    /// <exception cref="CorruptStateException">It is not an instant that there can be.</exception>
    public static DateTimeOffset Read(long millis, ThreadKey key, long version = 0)
        => millis >= First && millis <= Last
            ? DateTimeOffset.FromUnixTimeMilliseconds(millis)
            : throw new CorruptStateException(key, version, $"a time was expected and {millis} ms since 1970 were found.");

    /// <inheritdoc cref="Read(long, ThreadKey, long)"/>
    public static DateTimeOffset? Read(long? millis, ThreadKey key, long version = 0) => millis is { } value ? Read(value, key, version) : null;

    /// <summary>The period of 65,536 ms that an instant lies in, for indexes that need not be exact. Periods are in the order of the instants.</summary>
    public static long Period(long millis) => millis >> PeriodBits;
}
