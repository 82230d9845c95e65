namespace Holdfast;

/// <summary>A commit, key or value is larger than allowed; nothing was written.</summary>
public sealed class StateTooLargeException : AgentStateException
{
    /// <summary>Makes the error.</summary>
    public StateTooLargeException(string message, Exception? innerException = null)
        : base(ErrorCodes.TooLarge, message, innerException)
    {
    }
}
