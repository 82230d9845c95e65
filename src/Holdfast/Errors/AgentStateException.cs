namespace Holdfast;

/// <summary>The base of every error that Holdfast raises for what it stores.</summary>
public abstract class AgentStateException : Exception
{
    /// <summary>Makes an error with a code and a message.</summary>
    protected AgentStateException(string code, string message, Exception? innerException = null)
        : base(message, innerException) => Code = code;

    /// <summary>The stable code of this kind of error, one of <see cref="ErrorCodes"/>.</summary>
    public string Code { get; }
}
