namespace Holdfast.Logs;

/// <summary>What the time of a file's last change can tell.</summary>
internal static class FileTimes
{
    // The coarsest file times in use are those of FAT.
    private static readonly TimeSpan SettledAfter = TimeSpan.FromSeconds(3);

    /// <summary>Whether a change was so long ago that a later one cannot have the same time.</summary>
    /// <param name="modified">The time of the change, in ticks.</param>
    public static bool IsSettled(long modified) => TimeProvider.System.GetUtcNow().UtcTicks - modified > SettledAfter.Ticks;
}
