namespace Holdfast.Logs;

/// <summary>Which entries a tail has; the same for every log.</summary>
public static class TailWindow
{
    /// <summary>The version of the first entry to read; one more than the head's version when there is nothing to read.</summary>
    public static long Start(ThreadHead head, TailRequest request)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(request);
        return CanFollow(head, request.Since)
            ? request.Since!.Value.Version + 1
            : Start(head.FirstVersion, head.KeyframeVersion, head.Version, request.MinimumEntries);
    }

    /// <summary>The version of the first entry of a whole tail.</summary>
    public static long Start(long firstVersion, long keyframeVersion, long version, int minimumEntries)
        => Math.Max(firstVersion, Math.Min(Math.Max(keyframeVersion, firstVersion), version - minimumEntries + 1));

    /// <summary>Whether the entries after a position are all there.</summary>
    public static bool CanFollow(ThreadHead head, LogPosition? since)
    {
        ArgumentNullException.ThrowIfNull(head);
        return since is { } position && position.Life == head.Life && position.Version >= head.FirstVersion - 1 && position.Version <= head.Version;
    }

    /// <summary>Throws unless entries that were read have every version from the first one wanted up to the head.</summary>
    /// <exception cref="CorruptStateException">One is missing.</exception>
    public static void CheckNoGap(ThreadHead head, long start, IReadOnlyList<LogEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(entries);
        var expected = start;
        foreach (var entry in entries)
        {
            if (entry.Version != expected)
            {
                throw new CorruptStateException(head.Key, expected, $"the entry is missing; version {entry.Version} came instead.");
            }

            expected++;
        }

        if (expected != head.Version + 1)
        {
            throw new CorruptStateException(head.Key, expected, $"the entry is missing; the head says that there are versions up to {head.Version}.");
        }
    }
}
