namespace Holdfast;

/// <summary>The names of the statuses in stored data and in JSON.</summary>
public static class ThreadStatusNames
{
    private static readonly string[] Names = ["idle", "thinking", "using_tool", "waiting_for_input", "waiting_for_approval", "completed", "failed"];

    /// <summary>The name of <paramref name="status"/> in stored data, such as <c>waiting_for_approval</c>.</summary>
    public static string ToName(this ThreadStatus status) => Names[(int)status];

    /// <summary>Finds the status with a name, such as <c>waiting_for_approval</c>.</summary>
    public static bool TryParse(string name, out ThreadStatus status)
    {
        var index = Array.IndexOf(Names, name);
        status = (ThreadStatus)Math.Max(index, 0);
        return index >= 0;
    }
}
