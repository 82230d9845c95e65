namespace Holdfast;

/// <summary>The names of the statuses in stored data and in JSON, and which may follow which.</summary>
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

    /// <summary>Whether a person has to act before the thread goes on.</summary>
    public static bool IsWaitingForHuman(this ThreadStatus status)
        => status is ThreadStatus.WaitingForInput or ThreadStatus.WaitingForApproval;

    /// <summary>Whether the task of the thread has ended.</summary>
    public static bool IsEnded(this ThreadStatus status)
        => status is ThreadStatus.Completed or ThreadStatus.Failed;

    /// <summary>Whether <paramref name="next"/> may follow <paramref name="status"/>.</summary>
    public static bool CanBecome(this ThreadStatus status, ThreadStatus next)
        => status == next || !status.IsEnded() || next is ThreadStatus.Idle or ThreadStatus.Thinking;
}
