namespace Holdfast;

/// <summary>The backend could not be reached, refused the call, or did not answer in time.</summary>
public sealed class StoreUnavailableException : AgentStateException
{
    /// <summary>Makes the error.</summary>
    /// <param name="message">What was tried and what came of it; never a secret.</param>
    /// <param name="innerException">The backend's own error.</param>
    /// <param name="outcomeUnknown">Whether what was being written may yet be stored.</param>
    public StoreUnavailableException(string message, Exception? innerException = null, bool outcomeUnknown = false)
        : base(ErrorCodes.StoreUnavailable, message, innerException) => OutcomeUnknown = outcomeUnknown;

    /// <summary>Whether what was being written may yet be stored. Repeating the commit settles it, without writing twice.</summary>
    public bool OutcomeUnknown { get; }
}
