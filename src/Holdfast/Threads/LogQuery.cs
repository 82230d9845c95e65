namespace Holdfast;

/// <summary>Which commits of a thread are listed, and in which order. A commit must meet every condition that is set.</summary>
public sealed record LogQuery
{
    /// <summary>The first version: at least 1.</summary>
    /// <value>The default is 1.</value>
    public long From { get; init; } = 1;

    /// <summary>The last version: at least <see cref="From"/>.</summary>
    /// <value>The default is null: the newest one.</value>
    public long? To { get; init; }

    /// <summary>Whether the oldest commit comes first.</summary>
    /// <value>The default is false: the newest one does.</value>
    public bool Ascending { get; init; }

    /// <summary>Only commits with this tag (<see cref="CommitOptions.Tags"/>).</summary>
    public string? Tag { get; init; }

    /// <summary>Only commits by this author or agent (<see cref="CommitInfo.By"/>).</summary>
    public string? By { get; init; }

    /// <summary>Only commits that set or removed something in this section, or, as <c>section/key</c>, this key.</summary>
    public string? Changed { get; init; }

    internal bool Matches(CommitInfo commit)
        => (Tag is null || commit.Tags.Contains(Tag, StringComparer.Ordinal))
            && (By is null || commit.By == By)
            && (Changed is null || commit.Set.Concat(commit.Removed).Any(IsChanged));

    internal void Validate() => Problems().ThrowAsArgument("query");

    internal OptionProblems Problems() => new OptionProblems(nameof(LogQuery))
        .Range(From >= 1, nameof(From), "at least 1", From)
        .Range(To is null || To >= From, nameof(To), "LogQuery.From or more, or null for the newest", To);

    private bool IsChanged(string path)
        => path.StartsWith(Changed!, StringComparison.Ordinal) && (path.Length == Changed!.Length || path[Changed.Length] == '/');
}
