namespace Holdfast;

/// <summary>What came of a commit outside the thread itself.</summary>
/// <param name="Scope">Where: <c>user</c> for the variables that the threads of the user share, <c>app</c> for those that all threads of the tenant share.</param>
/// <param name="Commit">The commit there. Its version counts the commits of that scope. Where nothing was written it has no id.</param>
public sealed record ScopeCommit(string Scope, CommitInfo Commit)
{
    /// <summary>The name of the scope of the user's variables.</summary>
    public const string User = "user";

    /// <summary>The name of the scope of the application's variables.</summary>
    public const string App = "app";

    /// <summary>Whether it was written. <see cref="ScopeOutcome.Failed"/> stands only in <see cref="PartialCommitException.Committed"/>.</summary>
    public ScopeOutcome Outcome { get; init; }
}
