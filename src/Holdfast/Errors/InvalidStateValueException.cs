namespace Holdfast;

/// <summary>A value cannot be stored as JSON, or cannot be read as the type that was asked for.</summary>
public sealed class InvalidStateValueException : AgentStateException
{
    /// <summary>Makes the error.</summary>
    public InvalidStateValueException(string message, Exception? innerException = null)
        : base(ErrorCodes.InvalidValue, message, innerException)
    {
    }
}
