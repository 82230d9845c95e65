namespace Holdfast;

/// <summary>How the changes of one commit are made on another thread.</summary>
public sealed record CherryPickOptions
{
    /// <summary>What happens to keys that have another value here than they had before the commit.</summary>
    /// <value>The default is <see cref="ConflictPolicy.Fail"/>.</value>
    public ConflictPolicy OnConflict { get; init; }

    /// <summary>Why it is done, for the log of commits.</summary>
    /// <value>The default is null: <c>picked from THREAD VERSION</c>.</value>
    public string? Reason { get; init; }

    /// <summary>Who does it, for the log of commits: 1 to 512 bytes of UTF-8 without control characters.</summary>
    /// <value>The default is null: the agent in charge, if one was named.</value>
    public string? By { get; init; }

    internal void Validate() => Problems().ThrowAsArgument("options");

    internal OptionProblems Problems() => new OptionProblems(nameof(CherryPickOptions))
        .Range(Enum.IsDefined(OnConflict), nameof(OnConflict), "one of the policies", OnConflict)
        .Identifier(By, nameof(By));
}
