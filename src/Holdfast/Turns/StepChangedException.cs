namespace Holdfast;

/// <summary>A step is resumed with another input, or is of another kind, than it was recorded with.</summary>
public sealed class StepChangedException : AgentStateException
{
    internal StepChangedException(string step, string what)
        : base(ErrorCodes.StepChanged, $"Step '{step}' was recorded with another {what}. Give a step that does something else another name or key.") => Step = step;

    /// <summary>The key of the step.</summary>
    public string Step { get; }
}
