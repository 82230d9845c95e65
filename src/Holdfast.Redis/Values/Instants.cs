using StackExchange.Redis;

namespace Holdfast.Redis.Values;

/// <summary>Instants as they are stored: milliseconds since 1970-01-01T00:00:00Z, in decimal digits.</summary>
internal static class Instants
{
    public static long Floor(DateTimeOffset instant) => instant.ToUnixTimeMilliseconds();

    /// <summary>The first millisecond that is not before <paramref name="instant"/>.</summary>
    public static long Ceiling(DateTimeOffset instant) => Floor(instant) + (instant.UtcTicks % TimeSpan.TicksPerMillisecond == 0 ? 0 : 1);

    /// <summary>The value of an expiry; empty for never.</summary>
    public static RedisValue ValueOrNone(DateTimeOffset? instant) => instant is { } value ? Floor(value) : "";

    /// <summary>The score in the order of updates: lower for later.</summary>
    public static long Score(DateTimeOffset updatedAt) => -Floor(updatedAt);

    /// <summary>Whether a stored number can be an instant.</summary>
    public static bool AreValid(long milliseconds) => milliseconds >= Floor(DateTimeOffset.MinValue) && milliseconds <= Floor(DateTimeOffset.MaxValue);

    public static DateTimeOffset Read(RedisValue value) => DateTimeOffset.FromUnixTimeMilliseconds((long)value);
}
