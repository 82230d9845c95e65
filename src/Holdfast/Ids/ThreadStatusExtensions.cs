namespace Holdfast;

/// <summary>What the statuses mean, and which may follow which.</summary>
public static class ThreadStatusExtensions
{
    /// <summary>Whether the thread waits for a person.</summary>
    public static bool IsWaitingForHuman(this ThreadStatus status)
        => status is ThreadStatus.WaitingForInput or ThreadStatus.WaitingForApproval;

    /// <summary>Whether the task of the thread has ended.</summary>
    public static bool IsEnded(this ThreadStatus status)
        => status is ThreadStatus.Completed or ThreadStatus.Failed;

    /// <summary>Whether <paramref name="next"/> may follow <paramref name="status"/>.</summary>
    public static bool CanBecome(this ThreadStatus status, ThreadStatus next)
        => status == next || !status.IsEnded() || next is ThreadStatus.Idle or ThreadStatus.Thinking;
}
