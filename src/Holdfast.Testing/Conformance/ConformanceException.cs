namespace Holdfast.Testing;

/// <summary>A log did not do what the contract says.</summary>
public sealed class ConformanceException : Exception
{
    /// <summary>Makes the error.</summary>
    /// <param name="message">What was expected, what was found, and where.</param>
    /// <param name="innerException">The log's own error, if it raised one.</param>
    public ConformanceException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
