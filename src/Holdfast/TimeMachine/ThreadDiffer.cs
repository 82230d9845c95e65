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
            Records = [.. Records(before.State, after.State)],
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
    private static IEnumerable<RecordDiff> Records(ThreadState before, ThreadState after)
        => from name in Names(before, SectionNames.Records).Union(Names(after, SectionNames.Records), StringComparer.Ordinal)
           where !SectionNames.IsReserved(name)
           let left = Find(before, SectionNames.Records, name)
           let right = Find(after, SectionNames.Records, name)
           where left is null || right is null || !left.Value.Span.SequenceEqual(right.Value.Span)
           select new RecordDiff(name, left is null ? DiffKind.Added : right is null ? DiffKind.Removed : DiffKind.Changed);

    private static long Decisions(ThreadKey key, PointFold fold) => RecordReader.EndOf(fold.State, StoredRecord.Decision, key, fold.Version)?.Count ?? 0;

    private static IEnumerable<string> Names(ThreadState state, string section) => state.Find(section)?.Keys ?? [];

    private static ReadOnlyMemory<byte>? Find(ThreadState state, string section, string key, DateTimeOffset? now = null)
        => state.TryGet(section, key, out var json) && !(now is { } time && KeyTime.IsGone(state, section, key, time)) ? json : (ReadOnlyMemory<byte>?)null;
}
