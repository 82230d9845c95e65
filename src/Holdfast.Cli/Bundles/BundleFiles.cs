namespace Holdfast.Cli;

/// <summary>Bundles in files.</summary>
internal static class BundleFiles
{
    /// <summary>Opens a bundle for reading.</summary>
    /// <exception cref="ToolException">There is no such file, or it cannot be read.</exception>
    public static FileStream Open(string path)
    {
        try
        {
            return new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, FileOptions.Asynchronous | FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw ToolException.Input($"The bundle cannot be read: {e.Message}");
        }
    }

    /// <summary>Writes a bundle, which takes its name once it is whole and on the disk. A file that is there is never overwritten.</summary>
    /// <exception cref="ToolException">The file is there already, or cannot be written.</exception>
    public static async Task<T> WriteAsync<T>(string path, Func<Stream, Task<T>> write)
    {
        if (File.Exists(path))
        {
            throw ToolException.Usage($"There is a file '{path}' already.", "Name another one, or move it away.");
        }

        var temporary = $"{path}.{Guid.NewGuid():N}.partial";
        try
        {
            T result;
            await using (var output = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 64 * 1024, FileOptions.Asynchronous))
            {
                result = await write(output);
                output.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: false);
            return result;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw ToolException.Input($"The bundle cannot be written: {e.Message}");
        }
        finally
        {
            if (File.Exists(temporary))
            {
                File.Delete(temporary);
            }
        }
    }
}
