using System.Globalization;
using Holdfast.Logs;

namespace Holdfast.DynamoDb.Items;

/// <summary>The sort key of listings by time of update: the time left until the end of time, and then the thread, so that the newest comes first and equals sort by their ids.</summary>
internal static class RecentKey
{
    private const int Digits = 15;
    private static readonly long Last = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    public static string Write(HeadCursor at) => TimeOnly(at.UpdatedAt) + Keys.Thread(at.Key);

    /// <summary>With what the keys of threads updated in the millisecond of this instant begin.</summary>
    public static string TimeOnly(DateTimeOffset updated)
        => (Last - updated.ToUnixTimeMilliseconds()).ToString("D15", CultureInfo.InvariantCulture);

    /// <summary>The partition of the thread that a key is of; empty if it is no such key.</summary>
    public static string ThreadIn(string key) => key.Length > Digits ? key[Digits..] : "";
}
