using System.Runtime.CompilerServices;

namespace Holdfast;

public sealed partial class AgentStateStore
{
    /// <summary>Changes the variables that all threads of this tenant share (<see cref="ThreadSession.App"/>); starts again if others committed first.</summary>
    /// <param name="change">The change; it may run several times.</param>
    /// <param name="cancellationToken">Cancels the update as long as its commit was not sent.</param>
    /// <returns>The commit; <see cref="CommitInfo.IsEmpty"/> when nothing was changed.</returns>
    /// <exception cref="CommitConflictException">Others committed first <see cref="AgentStateOptions.MaxUpdateAttempts"/> times.</exception>
    /// <exception cref="ThreadAccessDeniedException">This is the view of a user, and <paramref name="change"/> changes something.</exception>
    /// <exception cref="StoreUnavailableException">The backend failed. With <see cref="StoreUnavailableException.OutcomeUnknown"/> the change may yet be stored.</exception>
    public ValueTask<CommitInfo> UpdateAppAsync(Action<StateSection> change, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        return UpdateAppAsync(
            variables =>
            {
                change(variables);
                return default(ValueTask);
            },
            cancellationToken);
    }

    /// <inheritdoc cref="UpdateAppAsync(Action{StateSection}, CancellationToken)"/>
    [OverloadResolutionPriority(1)]
    public ValueTask<CommitInfo> UpdateAppAsync(Func<StateSection, Task> change, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        return UpdateAppAsync(variables => new ValueTask(change(variables)), cancellationToken);
    }

    /// <inheritdoc cref="UpdateAppAsync(Action{StateSection}, CancellationToken)"/>
    public async ValueTask<CommitInfo> UpdateAppAsync(Func<StateSection, ValueTask> change, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        var (commit, _) = await UpdateVariablesAsync(
            SessionOpener.VariablesOfApp(Tenant),
            async variables =>
            {
                await change(variables).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
        return commit;
    }

    /// <summary>Changes the variables of the application as <see cref="UpdateAppAsync(Action{StateSection}, CancellationToken)"/> does, and returns what the change returned.</summary>
    /// <returns>The result of the run whose changes were committed.</returns>
    /// <inheritdoc cref="UpdateAppAsync(Action{StateSection}, CancellationToken)"/>
    [OverloadResolutionPriority(1)]
    public ValueTask<TResult> UpdateAppAsync<TResult>(Func<StateSection, Task<TResult>> change, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        return UpdateAppAsync(variables => new ValueTask<TResult>(change(variables)), cancellationToken);
    }

    /// <inheritdoc cref="UpdateAppAsync{TResult}(Func{StateSection, Task{TResult}}, CancellationToken)"/>
    public async ValueTask<TResult> UpdateAppAsync<TResult>(Func<StateSection, ValueTask<TResult>> change, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        var (_, result) = await UpdateVariablesAsync(SessionOpener.VariablesOfApp(Tenant), change, cancellationToken).ConfigureAwait(false);
        return result;
    }
}
