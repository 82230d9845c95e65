namespace Holdfast;

/// <summary>An id is empty, too long or has characters that are not allowed.</summary>
public sealed class InvalidIdentifierException : AgentStateException
{
    /// <summary>Makes the error.</summary>
    public InvalidIdentifierException(string message, Exception? innerException = null)
        : base(ErrorCodes.InvalidIdentifier, message, innerException)
    {
    }
}
