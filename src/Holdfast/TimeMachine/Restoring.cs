namespace Holdfast;

/// <summary>Brings a thread back to an earlier point, by a commit of what is different there.</summary>
internal static class Restoring
{
    private const string TurnEnd = "the thread was restored to an earlier version";

    private static readonly RestoreOptions Defaults = new();

    /// <inheritdoc cref="ThreadHandle.RestoreAsync"/>
    public static async ValueTask<CommitInfo> RestoreAsync(StoreContext store, ThreadKey key, ThreadPoint point, RestoreOptions? options, CancellationToken cancellationToken)
    {
        options ??= Defaults;
        options.Validate();
        var target = new FixedPoint(store, key, point);
        IReadOnlyList<TurnId> ended = [];
        var commit = await Updater.UpdateAsync(
            store,
            key,
            token => SessionOpener.OpenAsync(store, key, new() { MustExist = true, LoadUser = false }, allowDeleted: false, token),
            RestoreAsync,
            new CommitOptions { Reason = options.Reason ?? "restored", By = options.By },
            cancellationToken).ConfigureAwait(false);
        if (!commit.IsEmpty)
        {
            foreach (var turn in ended)
            {
                store.Stops.Cancel(turn.Value, TurnEnd);
            }

            StoreLog.Restored(store.Logger, key, commit.Version, commit.Restores!.Value);
        }

        return commit;

        async ValueTask RestoreAsync(ThreadSession session, CancellationToken token)
            => ended = await ChangeAsync(session.State, target, options, token).ConfigureAwait(false);
    }

    private static async ValueTask<IReadOnlyList<TurnId>> ChangeAsync(SessionState session, FixedPoint target, RestoreOptions options, CancellationToken cancellationToken)
    {
        if (options.ExpectedVersion is { } expected && session.Version != expected)
        {
            throw new CommitConflictException(session.Key, expected, session.Version);
        }

        var version = await target.FindAsync(session, cancellationToken).ConfigureAwait(false);
        if (version == session.Version)
        {
            return [];
        }

        var point = await target.FoldAsync(session, cancellationToken).ConfigureAwait(false);
        session.Pending.Restores = version;
        var ended = TurnControl.CloseOpen(session, TurnEnd);
        SectionRestore.Apply(session, point.State);
        session.TakeAgent(point.State.Agent);
        session.TakeStatus(TurnFacts.Of(point.State, point.State.OpenCalls).Status is null ? point.State.Status : ThreadStatus.Idle);
        RestoreHistory(session, point);
        return ended;
    }

    // The messages that were visible are shown again, where they stand in the log.
    private static void RestoreHistory(SessionState session, PointFold point)
    {
        var (wanted, current) = (point.State, session.State);
        var shown = point.ClosedHistory();
        var isSame = (wanted.MessageCount == current.MessageCount && wanted.History.Ranges.SequenceEqual(current.History.Ranges))
            || shown.Ranges.SequenceEqual(PointFold.Close(current.History, session.Version, session.Recent).Ranges);
        if (!isSame)
        {
            session.History.Show(new(shown, wanted.MessageCount), wanted.OpenCalls);
        }
    }
}
