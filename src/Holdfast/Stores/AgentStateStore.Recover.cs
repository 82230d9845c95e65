namespace Holdfast;

public sealed partial class AgentStateStore
{
    /// <summary>Recovers the variables of a user if they are damaged: brings what is damaged to safety, and lets them go on from their last good version. See <see cref="ThreadHandle.RecoverAsync"/>.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="options">Where to write what is taken out, or that it is a dry run.</param>
    /// <param name="cancellationToken">Cancels the recovery before anything was changed.</param>
    /// <returns>What was done, or would be; null if the user has no variables. <see cref="RecoveryReport.Id"/> is the id of the user.</returns>
    /// <exception cref="ArgumentException">It is no dry run, and there is no quarantine.</exception>
    /// <exception cref="ThreadAccessDeniedException">This is the view of another user.</exception>
    /// <exception cref="CommitConflictException">Other variables were begun for the user while these were recovered; the good entries are kept as a trunk, and everything else is in the quarantine.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed; call it again.</exception>
    public ValueTask<RecoveryReport?> RecoverUserVariablesAsync(string userId, RecoverOptions options, CancellationToken cancellationToken = default)
    {
        RefuseOther(userId);
        return RecoverAsync(SessionOpener.VariablesOf(Tenant, userId), options, cancellationToken);
    }

    /// <summary>Recovers the variables of the application if they are damaged, as <see cref="RecoverUserVariablesAsync"/> does those of a user.</summary>
    /// <param name="options">Where to write what is taken out, or that it is a dry run.</param>
    /// <param name="cancellationToken">Cancels the recovery before anything was changed.</param>
    /// <returns>What was done, or would be; null if the application has no variables.</returns>
    /// <exception cref="ArgumentException">It is no dry run, and there is no quarantine.</exception>
    /// <exception cref="ThreadAccessDeniedException">This is the view of a user.</exception>
    /// <exception cref="CommitConflictException">Other variables were begun while these were recovered; the good entries are kept as a trunk, and everything else is in the quarantine.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed; call it again.</exception>
    public ValueTask<RecoveryReport?> RecoverAppVariablesAsync(RecoverOptions options, CancellationToken cancellationToken = default)
    {
        var key = SessionOpener.VariablesOfApp(Tenant);
        return _context.User is { } user
            ? throw new ThreadAccessDeniedException(key, $"This is the view of user '{user}': the variables of the application cannot be recovered from it. Recover them through the store itself.")
            : RecoverAsync(key, options, cancellationToken);
    }

    private ValueTask<RecoveryReport?> RecoverAsync(ThreadKey variables, RecoverOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return new ThreadRecovery(_context.ForVariables(), variables).RunAsync(options, cancellationToken);
    }
}
