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
        Restored restored = new([], []);
        var commit = await Updater.UpdateAsync(
            store,
            key,
            token => SessionOpener.OpenAsync(store, key, new() { MustExist = true, LoadUser = false }, allowDeleted: false, token),
            RestoreAsync,
            new CommitOptions { Reason = options.Reason ?? "restored", By = options.By },
            cancellationToken).ConfigureAwait(false);
        if (!commit.IsEmpty)
        {
            foreach (var turn in restored.Ended)
            {
                store.Stops.Cancel(turn.Value, TurnEnd);
            }

            StoreLog.Restored(store.Logger, key, commit.Version, commit.Restores!.Value);
        }

        return restored.Lost.Count == 0 ? commit : commit with { RecordsNotRestored = restored.Lost };

        async ValueTask RestoreAsync(ThreadSession session, CancellationToken token)
            => restored = await ChangeAsync(session.State, target, options, token).ConfigureAwait(false);
    }

    private static async ValueTask<Restored> ChangeAsync(SessionState session, FixedPoint target, RestoreOptions options, CancellationToken cancellationToken)
    {
        if (options.ExpectedVersion is { } expected && session.Version != expected)
        {
            throw new CommitConflictException(session.Key, expected, session.Version);
        }

        var version = await target.FindAsync(session, cancellationToken).ConfigureAwait(false);
        if (version == session.Version)
        {
            return new([], []);
        }

        var point = await target.FoldAsync(session, cancellationToken).ConfigureAwait(false);
        session.Pending.Restores = version;
        TakeSchema(session, point.State.Schema, version);
        var dropped = await DroppedRecords.FindAsync(session, point.State, cancellationToken).ConfigureAwait(false);
        var ended = TurnControl.CloseOpen(session, TurnEnd);
        SectionRestore.Apply(session, point.State, dropped.Names);
        session.TakeAgent(point.State.Agent);
        session.TakeStatus(TurnFacts.Of(point.State, point.State.OpenCalls).Status is null ? point.State.Status : ThreadStatus.Idle);
        RestoreHistory(session, point);
        return new(ended, [.. dropped.Lost]);
    }

    // Where nothing is migrated, what comes back has the schema that it was written with.
    private static void TakeSchema(SessionState session, int schema, long version)
    {
        if (session.Options.AcceptAnySchema && version > 0 && session.State.Schema != schema)
        {
            session.Pending.Schema = session.State.Schema = schema;
        }
    }

    // The messages that were visible are shown again, where they stand in the log.
    private static void RestoreHistory(SessionState session, PointFold point)
    {
        var (wanted, current) = (point.State, session.State);
        var (shown, visible) = (point.ClosedHistory(), PointFold.Close(current.History, session.Version, session.Recent));
        var isSame = shown.Ranges.SequenceEqual(visible.Ranges)
            || (wanted.MessageCount == current.MessageCount && (wanted.History.Ranges.SequenceEqual(current.History.Ranges) || shown.IsSameUpToItsEnd(visible)));
        if (!isSame)
        {
            session.History.Show(new(shown, wanted.MessageCount), wanted.OpenCalls);
        }
    }

    /// <summary>What a restore did besides its commit.</summary>
    /// <param name="Ended">The turns that it cancelled.</param>
    /// <param name="Lost">The records that it could not bring back.</param>
    private sealed record Restored(IReadOnlyList<TurnId> Ended, IReadOnlyList<string> Lost);
}
