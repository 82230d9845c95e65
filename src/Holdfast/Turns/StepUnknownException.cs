namespace Holdfast;

/// <summary>It is not known whether a step took effect, and <see cref="WhenUnknown.Fail"/> was asked for. It does not run again.</summary>
public sealed class StepUnknownException : AgentStateException
{
    internal StepUnknownException(string step)
        : base(ErrorCodes.StepUnknown, $"It is not known whether step '{step}' took effect: its start is recorded, its end is not. It is not run again.") => Step = step;

    /// <summary>The key of the step.</summary>
    public string Step { get; }
}
