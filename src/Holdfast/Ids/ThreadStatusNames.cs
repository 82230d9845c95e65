namespace Holdfast;

/// <summary>The names of the statuses in stored data and in JSON.</summary>
public static class ThreadStatusNames
{
    private static readonly string[] Names = ["idle", "thinking", "using_tool", "waiting_for_input", "waiting_for_approval", "completed", "failed", "sleeping"];

    /// <summary>The name of <paramref name="status"/> in stored data, such as <c>waiting_for_approval</c>.</summary>
    public static string ToName(this ThreadStatus status) => Names[(int)status];

    /// <summary>Finds the status with a name, such as <c>waiting_for_approval</c>.</summary>
    public static bool TryParse(string name, out ThreadStatus status)
    {
        var index = Array.IndexOf(Names, name);
        status = (ThreadStatus)Math.Max(index, 0);
        return index >= 0;
    }

    /// <summary>Reads the name of a status in stored data.</summary>
    /// <param name="name">The name.</param>
    /// <param name="key">The thread that it belongs to.</param>
    /// <param name="version">The version that it is stored with; 0 for the head.</param>
    /// <exception cref="UnknownFormatException">A newer version of the library wrote it.</exception>
    public static ThreadStatus Read(string name, ThreadKey key, long version = 0)
        => TryParse(name, out var status)
            ? status
            : throw new UnknownFormatException($"{(version > 0 ? $"Version {version}" : "The head")} of thread '{key}' has the status '{name}'");
}
