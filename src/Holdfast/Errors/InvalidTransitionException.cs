namespace Holdfast;

/// <summary>A thread's status may not become the one that was asked for.</summary>
public sealed class InvalidTransitionException : AgentStateException
{
    /// <summary>Makes the error.</summary>
    public InvalidTransitionException(ThreadStatus from, ThreadStatus to)
        : base(ErrorCodes.InvalidTransition,
            $"A thread that is {from.ToName()} cannot become {to.ToName()}: after its end it can only become idle or thinking again.")
    {
        From = from;
        To = to;
    }

    /// <summary>The current status.</summary>
    public ThreadStatus From { get; }

    /// <summary>The status that was asked for.</summary>
    public ThreadStatus To { get; }
}
