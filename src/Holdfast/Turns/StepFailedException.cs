namespace Holdfast;

/// <summary>A step failed for good. It is recorded and does not run again.</summary>
public sealed class StepFailedException : AgentStateException
{
    internal StepFailedException(string step, string error, int attempts, Exception? inner = null)
        : base(ErrorCodes.StepFailed, $"Step '{step}' failed after {attempts} {(attempts == 1 ? "try" : "tries")}: {error}", inner) => (Step, Error, Attempts) = (step, error, attempts);

    /// <summary>The key of the step.</summary>
    public string Step { get; }

    /// <summary>The recorded error.</summary>
    public string Error { get; }

    /// <summary>How often it was tried.</summary>
    public int Attempts { get; }
}
