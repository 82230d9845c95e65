namespace Holdfast;

/// <summary>Which commits of a thread are listed, and in which order. A commit must meet every condition that is set.</summary>
/// <remarks>One that retention dropped between versions that stay is listed as <see cref="CommitInfo.IsDropped"/>; it meets no condition of what it said.</remarks>
public sealed record LogQuery
{
    /// <summary>The first commit: a version of at least 1, the version that a thread had at a time, a label, or commits back.</summary>
    /// <remarks>What is before the beginning of the thread, or was dropped, means the oldest commit that is there.</remarks>
    /// <value>The default is the oldest commit.</value>
    public ThreadPoint From { get; init; } = 1;

    /// <summary>The last commit: a point that is not before <see cref="From"/>.</summary>
    /// <remarks>A version that is not there yet means the newest one.</remarks>
    /// <value>The default is the newest version.</value>
    public ThreadPoint To { get; init; }

    /// <summary>Whether the oldest commit comes first.</summary>
    /// <value>The default is false: the newest one does.</value>
    public bool Ascending { get; init; }

    /// <summary>Only commits with this tag (<see cref="CommitOptions.Tags"/>).</summary>
    public string? Tag { get; init; }

    /// <summary>Only commits by this author or agent (<see cref="CommitInfo.By"/>).</summary>
    public string? By { get; init; }

    /// <summary>Only commits that set or removed something in this section, or, as <c>section/key</c>, this key.</summary>
    public string? Changed { get; init; }

    /// <summary>Whether a commit is one of those.</summary>
    /// <param name="commit">The commit.</param>
    /// <param name="changes">What it changed in sections.</param>
    internal bool Matches(CommitInfo commit, SectionChanges changes)
        => (Tag is null || commit.Tags.Contains(Tag, StringComparer.Ordinal))
            && (By is null || commit.By == By)
            && (Changed is null || CommitInfo.Changes(changes, Changed));

    internal void Validate() => Problems().ThrowAsArgument("query");

    internal OptionProblems Problems() => new OptionProblems(nameof(LogQuery))
        .Range(From.Version is null or >= 1, nameof(From), "at least 1", From)
        .Range(To.Version is null || From.Version is null || To.Version >= From.Version, nameof(To), "LogQuery.From or more", To);
}
