using System.Globalization;
using Holdfast.Logs;

namespace Holdfast.DynamoDb.Rows;

/// <summary>The sort keys of listings by time: fifteen digits of time, and then the thread, so that equals sort by tenant and id.</summary>
internal static class TimeKey
{
    private const int Digits = 15;

    /// <summary>By time of update, the newest first: the time that is left until the end of time.</summary>
    public static string Write(DateTimeOffset updated, ThreadKey key) => Updated(updated) + Keys.Thread(key);

    /// <summary>By the time at which a thread is due, the first one first.</summary>
    public static string WriteDue(DateTimeOffset due, ThreadKey key) => Due(Instants.Floor(due)) + Keys.Thread(key);

    /// <summary>With what the keys of threads updated in the millisecond of this instant begin.</summary>
    public static string Updated(DateTimeOffset updated) => Text(Instants.Last - Instants.Floor(updated));

    /// <summary>With what the keys of threads begin that are due in this millisecond.</summary>
    public static string Due(long millis) => Text(millis - Instants.First);

    /// <summary>The partition of the thread that a key is of; empty if it is no such key.</summary>
    public static string ThreadIn(string key) => key.Length > Digits ? key[Digits..] : "";

    private static string Text(long millis) => millis.ToString("D15", CultureInfo.InvariantCulture);
}
