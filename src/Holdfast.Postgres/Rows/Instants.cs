namespace Holdfast.Postgres.Rows;

/// <summary>Instants as they are stored: to the millisecond, although the database could keep more.</summary>
internal static class Instants
{
    public static DateTimeOffset Of(DateTimeOffset instant) => DateTimeOffset.FromUnixTimeMilliseconds(instant.ToUnixTimeMilliseconds());

    public static DateTimeOffset? Of(DateTimeOffset? instant) => instant is { } value ? Of(value) : null;
}
