namespace Holdfast.Cli;

/// <summary>The file that everything is written to that a recovery takes out of a store.</summary>
internal static class QuarantineFile
{
    /// <summary>Runs a recovery. What it has flushed is on the disk, and stays there also when the recovery fails: it may be nowhere else by then.</summary>
    /// <returns>What the recovery returned. Where it has written nothing, there is no file.</returns>
    /// <exception cref="ToolException">The file is there already, or cannot be written.</exception>
    public static async Task<T> WriteAsync<T>(string path, Func<Stream, Task<T>> recover)
    {
        if (File.Exists(path))
        {
            throw ToolException.Usage($"There is a file '{path}' already.", "Name another one, or move it away.");
        }

        try
        {
            await using var output = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 64 * 1024, FileOptions.Asynchronous | FileOptions.WriteThrough);
            return await recover(output);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw ToolException.Input($"What is taken out cannot be written: {e.Message}");
        }
        finally
        {
            if (File.Exists(path) && new FileInfo(path).Length == 0)
            {
                File.Delete(path);
            }
        }
    }
}
