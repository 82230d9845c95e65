using Holdfast.Logs;

namespace Holdfast;

/// <summary>A thread, folded at a point.</summary>
/// <param name="State">The state there.</param>
/// <param name="Recent">The messages of the entries that it was folded from, oldest first, without gaps up to the version.</param>
/// <param name="Version">The version that the point is; 0 for the empty state before the first commit.</param>
/// <param name="Head">The head of the thread; null where the end of the thread is damaged.</param>
internal sealed record PointFold(ThreadState State, List<EntryMessages> Recent, long Version, ThreadHead? Head)
{
    private Digest? Chain { get; init; }

    /// <summary>Whether the state was written with an older schema, and is migrated here.</summary>
    public bool IsMigrated { get; private init; }

    /// <summary>The position that the point has; null for the empty state, and where the life of the thread is not known.</summary>
    public ThreadPosition? Position => Head is not null && Chain is { } chain ? ThreadPosition.Of(Head.Life, Version, chain) : null;

    /// <summary>The messages that are visible at the point, and no later ones.</summary>
    public VisibleHistory ClosedHistory() => Close(State.History, Version, Recent);

    /// <summary>The messages that are visible at a version, and no later ones. What is known to be empty is left out, so that one who goes back again and again does not pile up ranges.</summary>
    /// <param name="history">What is visible at the version.</param>
    /// <param name="version">The version.</param>
    /// <param name="recent">The messages of the newest entries, without gaps up to the version.</param>
    public static VisibleHistory Close(VisibleHistory history, long version, List<EntryMessages> recent)
    {
        if (version == 0)
        {
            return VisibleHistory.None;
        }

        var closed = history.EndingAt(version);
        var kept = closed.Ranges.Count;
        while (kept > 0 && IsEmpty(closed.Ranges[kept - 1], recent))
        {
            kept--;
        }

        return kept == closed.Ranges.Count ? closed : new([.. closed.Ranges.Take(kept)]);
    }

    /// <summary>Reads a thread up to a point and folds it; null if there is no such thread, or it was deleted or has expired.</summary>
    /// <exception cref="PointNotFoundException">The thread has no such point.</exception>
    /// <exception cref="HistoryDroppedException">The point was dropped.</exception>
    /// <exception cref="CorruptStateException">The thread is damaged. Of one whose end is damaged, versions before the damage can be read.</exception>
    public static async ValueTask<PointFold?> ReadAsync(StoreContext store, ThreadKey key, ThreadPoint point, CancellationToken cancellationToken)
    {
        ThreadHead? head = null;
        TailFold? newest = null;
        var version = point.Version;
        try
        {
            var tail = await store.Calls.ReadTailAsync(key, cancellationToken: cancellationToken).ConfigureAwait(false);
            if (tail is null || !await store.IsVisibleAsync(tail.Head, cancellationToken).ConfigureAwait(false))
            {
                return null;
            }

            head = tail.Head;
            version = await new PointResolver(store, head, () => (newest ??= TailFold.Of(store.Bodies, tail)).State).FindAsync(point, cancellationToken).ConfigureAwait(false);
            if (version < head.FirstVersion && ForkReading.IsFork(head))
            {
                newest ??= TailFold.Of(store.Bodies, tail);
            }

            if (version == head.Version)
            {
                newest ??= TailFold.Of(store.Bodies, tail);
                return new(newest.State, newest.Recent, head.Version, head) { Chain = head.ChainHash, IsMigrated = Migrate(store, key, newest.State) };
            }
        }
        catch (CorruptStateException) when (point.Version is not null)
        {
            // The end of the thread is damaged; the version that is asked for may be whole.
        }
        catch (ThreadNotFoundException)
        {
            return null;
        }

        try
        {
            return await AtAsync(store, key, version!.Value, head, newest?.State.Origins ?? [], cancellationToken).ConfigureAwait(false);
        }
        catch (ThreadNotFoundException)
        {
            // It was erased while it was read.
            return null;
        }
    }

    /// <summary>Reads a thread up to a version that it has, or shows of a thread that it was forked from, and folds it.</summary>
    /// <exception cref="HistoryDroppedException">What the version is folded from was dropped.</exception>
    /// <exception cref="CorruptStateException">Entries are missing or changed.</exception>
    public static async ValueTask<PointFold> AtAsync(StoreContext store, ThreadKey key, long version, ThreadHead? head, IReadOnlyList<Origin> origins, CancellationToken cancellationToken)
    {
        if (version == 0)
        {
            return new(new(), [], 0, head);
        }

        if (head is not null && LostPast.LeftOf(head, origins).FirstOrDefault(origin => origin.Contains(version)) is { } shown)
        {
            return await OfOriginAsync(store, version, head, origins, shown, cancellationToken).ConfigureAwait(false);
        }

        var (state, recent, chain) = await PastFold.AtAsync(store.Calls, store.Bodies, key, version, head, cancellationToken).ConfigureAwait(false);
        return new(state, recent, version, head) { Chain = chain, IsMigrated = Migrate(store, key, state) };
    }

    // A version before the fork point, as the fork would have begun there. It says more than what the fork shows: that is for those alone who may read the other thread.
    private static async ValueTask<PointFold> OfOriginAsync(
        StoreContext store, long version, ThreadHead head, IReadOnlyList<Origin> origins, Origin origin, CancellationToken cancellationToken)
    {
        while (true)
        {
            var parent = await ForkReading.FindAsync(store, head.Key, origin, cancellationToken).ConfigureAwait(false);
            if (parent is null || (store.User is { } user && parent.UserId != user))
            {
                throw new HistoryDroppedException(
                    head.Key, version, head.FirstVersion, $"Version {version} of thread '{head.Key}' is one of a thread that it was forked from, and cannot be read here: its own oldest version is {head.FirstVersion}.");
            }

            try
            {
                return await OfParentAsync(store, version, head, origins, parent, cancellationToken).ConfigureAwait(false);
            }
            catch (ThreadNotFoundException)
            {
                // It was erased while it was read: what the fork shows of it is a trunk now.
            }
        }
    }

    private static async ValueTask<PointFold> OfParentAsync(
        StoreContext store, long version, ThreadHead head, IReadOnlyList<Origin> origins, ThreadHead parent, CancellationToken cancellationToken)
    {
        var (state, recent, chain) = await PastFold.AtAsync(store.Unguarded, store.Bodies, parent.Key, version, parent, cancellationToken).ConfigureAwait(false);
        ForkState.LeaveOut(state, head.UserId);
        state.Origins = origins;
        return new(state, recent, version, head) { Chain = chain, IsMigrated = Migrate(store, head.Key, state) };
    }

    // Earlier versions, too, are seen, compared and restored as this build knows them. Nothing is stored.
    private static bool Migrate(StoreContext store, ThreadKey key, ThreadState state)
    {
        if (store.Options.MigrationOf(key, state, store.KnownNow) is not { } changes)
        {
            return false;
        }

        changes.ForEach(migrated => migrated.ApplyTo(state));
        state.Schema = store.Options.Migrations.Version;
        return true;
    }

    private static bool IsEmpty(HistoryRange range, List<EntryMessages> recent)
        => recent.Count > 0 && range.From >= recent[0].Version
            && recent.Where(entry => range.Contains(entry.Version)).All(entry => range.Of(entry.Version, entry.Messages.Count) is var shown && shown.Start.Value == shown.End.Value);
}
