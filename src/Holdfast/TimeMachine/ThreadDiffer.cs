using Holdfast.Logs;

namespace Holdfast;

/// <summary>Compares two points.</summary>
internal static class ThreadDiffer
{
    /// <inheritdoc cref="ThreadHandle.DiffAsync(ThreadPoint, ThreadId, ThreadPoint, CancellationToken)"/>
    public static async ValueTask<ThreadDiff?> DiffAsync(
        StoreContext store, ThreadKey fromKey, ThreadPoint from, ThreadKey toKey, ThreadPoint to, CancellationToken cancellationToken)
    {
        try
        {
            return await CompareAsync(store, fromKey, from, toKey, to, cancellationToken).ConfigureAwait(false);
        }
        catch (ThreadNotFoundException)
        {
            // It was erased while it was read.
            return null;
        }
    }

    private static async ValueTask<ThreadDiff?> CompareAsync(
        StoreContext store, ThreadKey fromKey, ThreadPoint from, ThreadKey toKey, ThreadPoint to, CancellationToken cancellationToken)
    {
        if (await PointFold.ReadAsync(store, fromKey, from, cancellationToken).ConfigureAwait(false) is not { } before
            || await PointFold.ReadAsync(store, toKey, to, cancellationToken).ConfigureAwait(false) is not { } after)
        {
            return null;
        }

        var now = await store.NowAsync(cancellationToken).ConfigureAwait(false);
        var (messages, hasDropped) = await HistoryComparison.OfAsync(store, (fromKey, before), (toKey, after), cancellationToken).ConfigureAwait(false);
        return new()
        {
            From = new(fromKey.Id, before.Version),
            To = new(toKey.Id, after.Version),
            Status = ValueDiff<ThreadStatus>.Of(before.State.Status, after.State.Status),
            Agent = ValueDiff<string?>.Of(before.State.Agent, after.State.Agent),
            Owner = ValueDiff<string?>.Of(before.State.UserId, after.State.UserId),
            Keys = [.. Keys(before.State, after.State, now)],
            Records = [.. Records(before, after, isSameThread: fromKey == toKey)],
            DecisionCount = ValueDiff<long>.Of(Decisions(fromKey, before), Decisions(toKey, after)),
            Messages = messages,
            IsPartial = hasDropped,
        };
    }

    private static IEnumerable<KeyDiff> Keys(ThreadState before, ThreadState after, DateTimeOffset now)
        => from section in before.Sections.Keys.Union(after.Sections.Keys, StringComparer.Ordinal)
           where section == SectionNames.OwnUser || !SectionNames.IsReserved(section)
           from key in Names(before, section).Union(Names(after, section), StringComparer.Ordinal)
           let left = Find(before, section, key, now)
           let right = Find(after, section, key, now)
           where (left is null) != (right is null) || (left is { } one && right is { } other && !Utf8Json.Same(one, other))
           select new KeyDiff(section, key, left is { } value ? Utf8Json.Parse(value) : null, right is { } newValue ? Utf8Json.Parse(newValue) : null);

    // A record is where its name leads to; in another thread that is another place, even if the value is the same.
    private static IEnumerable<RecordDiff> Records(PointFold before, PointFold after, bool isSameThread)
        => from name in Names(before.State, SectionNames.Records).Union(Names(after.State, SectionNames.Records), StringComparer.Ordinal)
           where !SectionNames.IsReserved(name)
           let left = Find(before.State, SectionNames.Records, name)
           let right = Find(after.State, SectionNames.Records, name)
           where left is null || right is null || !left.Value.Span.SequenceEqual(right.Value.Span) || !(isSameThread || LifeOf(before, left.Value) == LifeOf(after, right.Value))
           select new RecordDiff(name, left is null ? DiffKind.Added : right is null ? DiffKind.Removed : DiffKind.Changed);

    // Whose commit has the record: the thread's own, or that of one that it was forked from. Versions alone are the same in both of two threads that were forked.
    private static CommitId? LifeOf(PointFold fold, ReadOnlyMemory<byte> pointer)
    {
        var version = RecordPlace.Read(pointer).Version;
        return fold.State.Origins.FirstOrDefault(origin => version <= origin.To)?.Life ?? fold.Head?.Life;
    }

    private static long Decisions(ThreadKey key, PointFold fold) => RecordReader.EndOf(fold.State, StoredRecord.Decision, key, fold.Version)?.Count ?? 0;

    private static IEnumerable<string> Names(ThreadState state, string section) => state.Find(section)?.Keys ?? [];

    private static ReadOnlyMemory<byte>? Find(ThreadState state, string section, string key, DateTimeOffset? now = null)
        => state.TryGet(section, key, out var json) && !(now is { } time && KeyTime.IsGone(state, section, key, time)) ? json : (ReadOnlyMemory<byte>?)null;
}
