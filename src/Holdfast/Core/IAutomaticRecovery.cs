namespace Holdfast;

/// <summary>What a store does by itself about threads that are damaged.</summary>
internal interface IAutomaticRecovery
{
    /// <summary>Recovers a damaged thread.</summary>
    ValueTask RecoverAsync(StoreContext store, ThreadKey key, CancellationToken cancellationToken);

    /// <summary>Looks for a recovery that was cut off once it had removed the damaged thread, and finishes it.</summary>
    /// <param name="store">The store; whatever its view is, the thread comes back for everybody.</param>
    /// <param name="key">A thread that is not there.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    /// <returns>Whether the thread may be there now.</returns>
    ValueTask<bool> FinishAsync(StoreContext store, ThreadKey key, CancellationToken cancellationToken);
}
