using Holdfast.Logs;

namespace Holdfast.Postgres.Rows;

/// <summary>Instants as they are stored: as <c>timestamptz</c>, to the millisecond, although the database could keep more.</summary>
internal static class Timestamps
{
    public static DateTimeOffset Of(DateTimeOffset instant) => DateTimeOffset.FromUnixTimeMilliseconds(Instants.Floor(instant));

    public static DateTimeOffset? Of(DateTimeOffset? instant) => instant is { } value ? Of(value) : null;

    /// <summary>The first one that is stored of no instant before <paramref name="instant"/>. Past the last millisecond comes what Npgsql sends as infinity.</summary>
    public static DateTimeOffset? Ceiling(DateTimeOffset? instant) => instant is not { } value ? null
        : Instants.Ceiling(value) is var millis && millis > Instants.Last ? DateTimeOffset.MaxValue
        : DateTimeOffset.FromUnixTimeMilliseconds(millis);

    /// <summary>The period that an instant lies in.</summary>
    public static long Period(DateTimeOffset instant) => Instants.Period(Instants.Floor(instant));

    /// <inheritdoc cref="Period(DateTimeOffset)"/>
    public static long? Period(DateTimeOffset? instant) => instant is { } value ? Period(value) : null;
}
