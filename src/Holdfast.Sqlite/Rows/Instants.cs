namespace Holdfast.Sqlite.Rows;

/// <summary>Instants as they are stored: milliseconds since 1970-01-01T00:00:00Z.</summary>
internal static class Instants
{
    /// <summary>A period lasts 2^16 ms, about a minute.</summary>
    private const int PeriodBits = 16;

    /// <exception cref="CorruptStateException">It is not an instant that there can be.</exception>
    public static DateTimeOffset From(long millis, ThreadKey key, long version)
    {
        try
        {
            return DateTimeOffset.FromUnixTimeMilliseconds(millis);
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new CorruptStateException(key, version, $"a time was expected and {millis} ms since 1970 were found.", e);
        }
    }

    public static DateTimeOffset? From(long? millis, ThreadKey key, long version) => millis is { } value ? From(value, key, version) : null;

    /// <summary>The last millisecond that is not after <paramref name="instant"/>.</summary>
    public static long Floor(DateTimeOffset instant) => instant.ToUnixTimeMilliseconds();

    public static long? Floor(DateTimeOffset? instant) => instant?.ToUnixTimeMilliseconds();

    /// <summary>The first millisecond that is not before <paramref name="instant"/>.</summary>
    public static long Ceiling(DateTimeOffset instant) => Floor(instant) + (instant.UtcTicks % TimeSpan.TicksPerMillisecond == 0 ? 0 : 1);

    /// <summary>The period that an instant lies in. Periods are in the order of the instants.</summary>
    public static long Period(long millis) => millis >> PeriodBits;
}
