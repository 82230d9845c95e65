using Holdfast.Logs;
using StackExchange.Redis;

namespace Holdfast.Redis.Rows;

/// <summary>Instants as values and scores: milliseconds since 1970-01-01T00:00:00Z.</summary>
internal static class Millis
{
    /// <summary>The value of an instant; empty for none.</summary>
    public static RedisValue ValueOrNone(DateTimeOffset? instant) => instant is { } value ? Instants.Floor(value) : "";

    /// <summary>The score in the order of updates: lower for later.</summary>
    public static long Score(DateTimeOffset updatedAt) => -Instants.Floor(updatedAt);

    /// <summary>Whether a stored number can be an instant.</summary>
    public static bool AreValid(long milliseconds) => milliseconds >= Instants.First && milliseconds <= Instants.Last;

    /// <summary>Reads the time of a server.</summary>
    public static DateTimeOffset Read(RedisValue value) => DateTimeOffset.FromUnixTimeMilliseconds((long)value);
}
