namespace Holdfast;

/// <summary>A call differs from what was approved; it is not made.</summary>
public sealed class ApprovalMismatchException : AgentStateException
{
    internal ApprovalMismatchException(string call)
        : base(ErrorCodes.ApprovalMismatch, $"Call '{call}' is not the one that was approved: its tool or its arguments differ. It was not made.") => CallId = call;

    /// <summary>The id of the call.</summary>
    public string CallId { get; }
}
