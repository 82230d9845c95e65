namespace Holdfast;

/// <summary>How many messages and variables of a thread stay visible. Applied with every commit.</summary>
/// <remarks>
/// Nothing is removed from the log: earlier versions still show what they showed. If one commit adds more messages than may stay, the first ones
/// are stored, but no version shows them.
/// </remarks>
public sealed record VisibilityPolicy
{
    /// <summary>The most messages that stay visible. Fewer stay if a tool call would be separated from its results.</summary>
    /// <value>The default is null: all.</value>
    public int? MaxMessages { get; init; }

    /// <summary>The most variables that stay; those that were set first are removed first.</summary>
    /// <value>The default is null: all.</value>
    public int? MaxVariables { get; init; }

    /// <summary>Variables that <see cref="MaxVariables"/> never removes.</summary>
    /// <value>The default is none.</value>
    public IReadOnlyCollection<string> EssentialVariables { get; init; } = [];

    internal void Validate() => Problems().ThrowAsSettings();

    internal OptionProblems Problems() => new OptionProblems(nameof(VisibilityPolicy))
        .Range(MaxMessages is null or >= 1, nameof(MaxMessages), "at least 1, or null for all", MaxMessages)
        .Range(MaxVariables is null or >= 0, nameof(MaxVariables), "at least 0, or null for all", MaxVariables)
        .Set(EssentialVariables, nameof(EssentialVariables), "An empty list is the default.");

    internal VisibilityPolicy Snapshot() => EssentialVariables.Count > 0 ? this with { EssentialVariables = [.. EssentialVariables] } : this;
}
