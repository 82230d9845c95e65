namespace Holdfast;

/// <summary>What a commit wrote outside the thread itself.</summary>
/// <param name="Scope">Where: <c>user</c> for the variables that the threads of the user share.</param>
/// <param name="Commit">The commit there. Its version counts the commits of that scope.</param>
public sealed record ScopeCommit(string Scope, CommitInfo Commit)
{
    /// <summary>The name of the scope of the user's variables.</summary>
    public const string User = "user";
}
