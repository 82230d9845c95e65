namespace Holdfast.Postgres.Rows;

/// <summary>Instants as they are stored: to the millisecond, although the database could keep more.</summary>
internal static class Instants
{
    /// <summary>A period lasts 2^16 ms, about a minute.</summary>
    private const int PeriodBits = 16;

    public static DateTimeOffset Of(DateTimeOffset instant) => DateTimeOffset.FromUnixTimeMilliseconds(instant.ToUnixTimeMilliseconds());

    public static DateTimeOffset? Of(DateTimeOffset? instant) => instant is { } value ? Of(value) : null;

    /// <summary>The period that an instant lies in. Periods are in the order of the instants.</summary>
    public static long Period(DateTimeOffset instant) => instant.ToUnixTimeMilliseconds() >> PeriodBits;

    public static long? Period(DateTimeOffset? instant) => instant is { } value ? Period(value) : null;
}
