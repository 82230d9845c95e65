namespace Holdfast;

/// <summary>Stored data has a newer format than this version of the library knows. It is neither read nor overwritten.</summary>
public sealed class UnknownFormatException : AgentStateException
{
    /// <summary>Makes the error.</summary>
    /// <param name="what">What has the format, such as a thread and version or a file.</param>
    /// <param name="found">The format that was found.</param>
    /// <param name="known">The newest format that this version knows.</param>
    public UnknownFormatException(string what, long found, long known)
        : base(ErrorCodes.UnknownFormat, $"{what} has format {found}; this version of Holdfast knows formats up to {known}. Update Holdfast.")
    {
        Found = found;
        Known = known;
    }

    /// <summary>Makes the error for something that has a name instead of a number.</summary>
    /// <param name="what">What was found where, such as <c>Version 7 of thread 'a' needs 'merge'</c>.</param>
    public UnknownFormatException(string what)
        : base(ErrorCodes.UnknownFormat, $"{what}, which this version of Holdfast does not know. Update Holdfast.")
    {
    }

    /// <summary>The number of the format that was found; 0 when it has none.</summary>
    public long Found { get; }

    /// <summary>The newest format that this version knows; 0 when formats of this kind have no numbers.</summary>
    public long Known { get; }
}
