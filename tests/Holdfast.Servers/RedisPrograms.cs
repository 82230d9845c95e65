namespace Holdfast.Servers;

/// <summary>Finds the programs of Redis.</summary>
internal static class RedisPrograms
{
    /// <summary>Finds redis-server on the PATH.</summary>
    /// <exception cref="InvalidOperationException">It is not installed; the message says what to install.</exception>
    public static string FindServer()
        => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append("/usr/local/bin")
            .Select(folder => Path.Combine(folder, "redis-server"))
            .FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException("These tests need a Redis server (6.2 or newer), which is not installed. On Debian: apt-get install redis-server.");
}
