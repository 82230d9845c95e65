namespace Holdfast;

/// <summary>How much of a thread stays visible; applied with every commit.</summary>
/// <remarks>
/// Nothing is removed from the log: what was visible before stays visible at its version. When one commit adds more messages than may stay, the first of them
/// are stored with it, but no version shows them.
/// </remarks>
public sealed record VisibilityPolicy
{
    /// <summary>How many messages stay visible at most. A tool call is never parted from its results: where the cut would do so, fewer stay.</summary>
    /// <value>The default is null: all.</value>
    public int? MaxMessages { get; init; }

    /// <summary>How many variables stay at most; the ones that were set first go first.</summary>
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
