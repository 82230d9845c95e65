namespace Holdfast.Logs;

/// <summary>Tells of files that several processes lock and that are on a network file system, whose locks and flushes cannot be relied on.</summary>
public static class NetworkDrives
{
    /// <summary>Returns the advice for a directory of a log: empty where it is on a drive of this machine, or where that cannot be known.</summary>
    /// <param name="directory">The directory; it need not exist yet.</param>
    /// <param name="what">What is stored there, for the sentence: <c>The database file</c>.</param>
    public static IReadOnlyList<Advice> Advise(string directory, string what)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        return Advise(directory, what, KindOf);
    }

    internal static IReadOnlyList<Advice> Advise(string directory, string what, Func<string, DriveType> kindOf)
    {
        var existing = Path.GetFullPath(directory);
        while (!Directory.Exists(existing) && Path.GetDirectoryName(existing) is { } parent)
        {
            existing = parent;
        }

        return kindOf(existing) != DriveType.Network ? [] :
        [
            new(AdviceCodes.NetworkFileSystem,
                $"{what} is on a network file system, at '{directory}': locks and flushes may not do there what they promise, so that commits can be lost and files damaged.",
                "Store on a disk of the machine, or use a server such as PostgreSQL or Redis."),
        ];
    }

    private static DriveType KindOf(string path)
    {
        try
        {
            // A share of Windows has no drive.
            return path.StartsWith(@"\\", StringComparison.Ordinal) ? DriveType.Network : new DriveInfo(path).DriveType;
        }
        catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException)
        {
            return DriveType.Unknown;
        }
    }
}
