namespace Holdfast.Sqlite.Rows;

/// <summary>Instants as they are stored: milliseconds since 1970-01-01T00:00:00Z.</summary>
internal static class Instants
{
    public static DateTimeOffset From(long millis) => DateTimeOffset.FromUnixTimeMilliseconds(millis);

    public static DateTimeOffset? From(long? millis) => millis is { } value ? From(value) : null;

    /// <summary>The last millisecond that is not after <paramref name="instant"/>.</summary>
    public static long Floor(DateTimeOffset instant) => instant.ToUnixTimeMilliseconds();

    public static long? Floor(DateTimeOffset? instant) => instant?.ToUnixTimeMilliseconds();

    /// <summary>The first millisecond that is not before <paramref name="instant"/>.</summary>
    public static long Ceiling(DateTimeOffset instant) => Floor(instant) + (instant.UtcTicks % TimeSpan.TicksPerMillisecond == 0 ? 0 : 1);
}
