using Holdfast.Logs;

namespace Holdfast.Redis.Rows;

/// <summary>What was found where the head of a thread is kept: the head, what keeps it from being read, or nothing.</summary>
internal readonly record struct HeadFound(ThreadHead? Head, AgentStateException? Problem)
{
    public bool IsMissing => Head is null && Problem is null;
}
