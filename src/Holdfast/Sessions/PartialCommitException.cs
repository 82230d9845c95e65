namespace Holdfast;

/// <summary>A part of what a session changed is stored; the variables of the user or of the application, which are threads of their own, are not.</summary>
/// <remarks>
/// The thread, the user's variables and those of the application are written one after the other. Commit the same session again: that writes only what is missing. Without a session, set the
/// variables with <see cref="AgentStateStore.UpdateUserAsync(string, Action{StateSection}, CancellationToken)"/> or
/// <see cref="AgentStateStore.UpdateAppAsync(Action{StateSection}, CancellationToken)"/>. Do not repeat the change of the thread: it would be made twice.
/// </remarks>
public sealed class PartialCommitException : AgentStateException
{
    /// <summary>Makes the error.</summary>
    /// <param name="committed">What is stored; its <see cref="CommitInfo.Scopes"/> say what is not.</param>
    /// <param name="scope">The scope that could not be written: <see cref="ScopeCommit.User"/> or <see cref="ScopeCommit.App"/>.</param>
    /// <param name="userId">The user whose variables were not written; null for those of the application.</param>
    /// <param name="innerException">Why.</param>
    public PartialCommitException(CommitInfo committed, string scope, string? userId, AgentStateException innerException)
        : base(
            ErrorCodes.PartialCommit,
            $"{Stored(committed)}; the variables of {(userId is null ? "the application" : $"user '{userId}'")} are not: {innerException?.Message} "
                + $"Commit the same session again, which writes only what is missing, or set the variables with {(userId is null ? "UpdateAppAsync" : "UpdateUserAsync")}. "
                + "Do not repeat the change of the thread.",
            innerException)
    {
        ArgumentNullException.ThrowIfNull(committed);
        ArgumentNullException.ThrowIfNull(scope);
        Committed = committed;
        Scope = scope;
        UserId = userId;
    }

    /// <summary>What is stored: the commit of the thread, if it was changed. <see cref="CommitInfo.Scopes"/> tells of each scope.</summary>
    public CommitInfo Committed { get; }

    /// <summary>The scope that could not be written: <see cref="ScopeCommit.User"/> or <see cref="ScopeCommit.App"/>. Those after it were not tried.</summary>
    public string Scope { get; }

    /// <summary>The user whose variables were not written; null if it was those of the application.</summary>
    public string? UserId { get; }

    /// <summary>Whether the variables may be stored after all. Committing the session again settles it, without writing twice.</summary>
    public bool OutcomeUnknown => InnerException is StoreUnavailableException { OutcomeUnknown: true };

    private static string Stored(CommitInfo? committed) => committed is { CommitId: var id } && id == default
        ? $"The variables of the user of thread '{committed.ThreadId}' are stored"
        : $"Version {committed?.Version} of thread '{committed?.ThreadId}' is stored";
}
