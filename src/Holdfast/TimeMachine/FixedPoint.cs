namespace Holdfast;

/// <summary>A point whose version is found once, so that a change that starts again after a conflict means the same version still.</summary>
internal sealed class FixedPoint(StoreContext store, ThreadKey key, ThreadPoint point)
{
    private (CommitId Life, long Version)? _found;
    private PointFold? _fold;

    /// <summary>The version of the point in a thread that was just opened.</summary>
    /// <exception cref="PointNotFoundException">The thread has no such point.</exception>
    /// <exception cref="HistoryDroppedException">The point was dropped.</exception>
    /// <exception cref="ThreadNotFoundException">The thread was erased meanwhile; what stands under its id now is another one.</exception>
    public async ValueTask<long> FindAsync(SessionState session, CancellationToken cancellationToken)
    {
        var head = session.Base ?? throw new ThreadNotFoundException(key);
        if (_found is null)
        {
            _found = (head.Life, await new PointResolver(store, head, () => session.State).FindAsync(point, cancellationToken).ConfigureAwait(false));
        }

        return _found.Value.Life == head.Life ? _found.Value.Version : throw new ThreadNotFoundException(key);
    }

    /// <summary>Throws if the version that was found was dropped between others that stay.</summary>
    /// <exception cref="HistoryDroppedException">It was.</exception>
    public async ValueTask RefuseIfDroppedAsync(SessionState session, CancellationToken cancellationToken)
    {
        if (_found is { Version: > 0 and var version } && version < session.Version)
        {
            await new RecordReader(session.Entries, key).ReadAsync(version, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The state at the version that was found.</summary>
    public async ValueTask<PointFold> FoldAsync(SessionState session, CancellationToken cancellationToken)
        => _fold ??= await PointFold.AtAsync(store, key, _found!.Value.Version, session.Base, session.State.Origins, cancellationToken).ConfigureAwait(false);
}
