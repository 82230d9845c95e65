namespace Holdfast;

/// <summary>The session's changes to the thread are stored; its changes to the user's variables are not.</summary>
/// <remarks>
/// The thread and the user's variables are written one after the other. Commit the same session again: that writes only what is missing. Without a session, set the
/// variables with <see cref="AgentStateStore.UpdateUserAsync(string, Action{StateSection}, CancellationToken)"/>. Do not repeat the change of the thread: it would be made twice.
/// </remarks>
public sealed class PartialCommitException : AgentStateException
{
    /// <summary>Makes the error.</summary>
    /// <param name="committed">The commit that is stored.</param>
    /// <param name="userId">The user whose variables were not written.</param>
    /// <param name="innerException">Why.</param>
    public PartialCommitException(CommitInfo committed, string userId, AgentStateException innerException)
        : base(
            ErrorCodes.PartialCommit,
            $"Version {committed?.Version} of thread '{committed?.ThreadId}' is stored; the variables of user '{userId}' are not: {innerException?.Message} "
                + "Commit the same session again, which writes only what is missing, or set the variables with UpdateUserAsync. Do not repeat the change of the thread.",
            innerException)
    {
        ArgumentNullException.ThrowIfNull(committed);
        Committed = committed;
        UserId = userId;
    }

    /// <summary>The commit of the thread, which is stored.</summary>
    public CommitInfo Committed { get; }

    /// <summary>The user whose variables were not written.</summary>
    public string UserId { get; }

    /// <summary>Whether the user's variables may be stored after all. Committing the session again settles it, without writing twice.</summary>
    public bool OutcomeUnknown => InnerException is StoreUnavailableException { OutcomeUnknown: true };
}
