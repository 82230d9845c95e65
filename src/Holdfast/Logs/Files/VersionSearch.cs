namespace Holdfast.Logs;

/// <summary>Finds the place of a version in a long file without reading what is before it.</summary>
internal static class VersionSearch
{
    /// <summary>A part of this size is read through rather than halved again.</summary>
    private const int SmallEnough = 64 * 1024;

    private const int Probe = 4 * 1024;

    /// <summary>Whether a version is far from the beginning of a file of this length.</summary>
    public static bool IsWorthwhile(long length, long version) => version > 1 && length > SmallEnough;

    /// <summary>Finds a line's start that is not after the entry of <paramref name="version"/>, and near it.</summary>
    /// <param name="source">The file.</param>
    /// <param name="start">Where the first line after the header begins.</param>
    /// <param name="end">Where the last whole line ends.</param>
    /// <param name="version">The version.</param>
    public static long Near(FileSource source, long start, long end, long version)
    {
        // Every entry that begins before `low` is older; every one that begins at `high` or after is not.
        var (low, high) = (start, end);
        while (IsWorthwhile(high - low, version))
        {
            var middle = low + ((high - low) / 2);
            if (FirstEntryAfter(source, middle, high) is not { } found || found.Version >= version)
            {
                high = middle;
            }
            else
            {
                low = found.Offset;
            }
        }

        return low;
    }

    private static (long Offset, long Version)? FirstEntryAfter(FileSource source, long middle, long high)
    {
        // From one byte before, so that a line that begins exactly at the middle is found too.
        using var lines = new ForwardLines(source, middle - 1, high, Probe);
        lines.TryNext();
        while (lines.TryNext())
        {
            if (LineFormat.TryPeekVersion(lines.Line, out var version) && LineFormat.IsIntact(lines.Line))
            {
                return (lines.Offset, version);
            }
        }

        return null;
    }
}
