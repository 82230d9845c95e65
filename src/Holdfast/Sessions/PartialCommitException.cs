namespace Holdfast;

/// <summary>The changes of the thread are stored, those of the user's variables, made by the same session, are not.</summary>
/// <remarks>
/// They are two threads, written one after the other. Committing the same session again writes only what is missing. Who has no session sets the
/// variables with <see cref="AgentStateStore.UpdateUserAsync(string, Action{StateSection}, CancellationToken)"/>. Repeating the change of the thread would make it twice.
/// </remarks>
public sealed class PartialCommitException : AgentStateException
{
    /// <summary>Makes the error.</summary>
    /// <param name="committed">What stands.</param>
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
