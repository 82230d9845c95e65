namespace Holdfast;

/// <summary>The thread has tool calls without results, and <see cref="Repair.Report"/> was asked for; nothing was stored.</summary>
public sealed class OpenCallsException : AgentStateException
{
    internal OpenCallsException(ThreadKey key, IReadOnlyList<string> calls)
        : base(ErrorCodes.OpenCalls, $"Thread '{key}' has tool calls without results: {string.Join(", ", calls)}. Nothing was stored. Add their results, or begin the turn with Repair.Answer or Repair.Drop.") => CallIds = calls;

    /// <summary>The ids of the calls.</summary>
    public IReadOnlyList<string> CallIds { get; }
}
