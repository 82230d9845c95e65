namespace Holdfast;

/// <summary>A bundle cannot be imported: it is damaged, cut off, or something else. Whatever it had before the line that is wrong was imported only if it was whole.</summary>
public sealed class InvalidBundleException : AgentStateException
{
    /// <summary>Makes the error.</summary>
    /// <param name="line">The number of the line that is wrong, from 1.</param>
    /// <param name="what">What was expected and what was found.</param>
    /// <param name="innerException">The error that the line caused.</param>
    public InvalidBundleException(long line, string what, Exception? innerException = null)
        : base(ErrorCodes.InvalidBundle, $"Line {line} of the bundle is wrong: {what}", innerException)
        => Line = line;

    /// <summary>The number of the line that is wrong, from 1.</summary>
    public long Line { get; }
}
