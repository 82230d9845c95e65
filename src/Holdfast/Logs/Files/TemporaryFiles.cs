namespace Holdfast.Logs;

/// <summary>The files that become others by being renamed. They are made under the lock of their directory alone.</summary>
internal static class TemporaryFiles
{
    /// <summary>Removes what processes that died left. Callers hold the lock, so nobody writes one now.</summary>
    public static void Remove(string directory)
    {
        try
        {
            foreach (var file in Directory.EnumerateFiles(directory, FileNames.TemporaryPrefix + "*", SearchOption.AllDirectories))
            {
                TryDelete(file);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // They are in nobody's way; another time they can go.
        }
    }

    public static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is removed when the directory is next used.
        }
    }
}
