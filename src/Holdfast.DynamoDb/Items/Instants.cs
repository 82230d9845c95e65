namespace Holdfast.DynamoDb.Items;

/// <summary>Instants as they are stored: milliseconds since 1970-01-01T00:00:00Z.</summary>
internal static class Instants
{
    /// <summary>The first and the last instant that there is.</summary>
    public static readonly long First = DateTimeOffset.MinValue.ToUnixTimeMilliseconds(), Last = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    private const long MillisPerDay = 86_400_000;

    public static DateTimeOffset From(long millis) => DateTimeOffset.FromUnixTimeMilliseconds(millis);

    public static AttributeValue Write(DateTimeOffset instant) => Values.Of(instant.ToUnixTimeMilliseconds());

    public static AttributeValue? Write(DateTimeOffset? instant) => instant is { } value ? Write(value) : null;

    /// <summary>The day of an instant, counted from 1970-01-01.</summary>
    public static long Day(DateTimeOffset instant) => (long)Math.Floor(instant.ToUnixTimeMilliseconds() / (double)MillisPerDay);
}
