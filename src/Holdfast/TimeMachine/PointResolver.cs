using Holdfast.Logs;

namespace Holdfast;

/// <summary>Finds which version a point of a thread is.</summary>
/// <param name="store">Where the thread is.</param>
/// <param name="head">The head of the thread.</param>
/// <param name="newest">Its newest state; asked for where a label has to be looked up, and of a fork. Null where no label is looked up, and only the own versions of a fork count.</param>
internal sealed class PointResolver(StoreContext store, ThreadHead head, Func<ThreadState?> newest)
{
    /// <summary>The version of a point; 0 for the empty state before the first commit.</summary>
    /// <exception cref="PointNotFoundException">The thread has no such point.</exception>
    /// <exception cref="HistoryDroppedException">The point was dropped.</exception>
    public async ValueTask<long> FindAsync(ThreadPoint point, CancellationToken cancellationToken)
    {
        var version = await SearchAsync(point, cancellationToken).ConfigureAwait(false);
        if (version > head.Version)
        {
            throw new PointNotFoundException(head.Key, point, head.Version, $"it is at version {head.Version} now.");
        }

        if (version is < 0 or null)
        {
            throw new PointNotFoundException(
                head.Key, point, head.Version, point.Time is null ? $"it has {head.Version} versions." : $"its first version was committed at {Describe.Time(head.CreatedAt)}.");
        }

        return version == 0 || version >= head.FirstVersion || Origins.Any(origin => origin.Contains(version.Value))
            ? version.Value
            : throw new HistoryDroppedException(head.Key, version.Value, head.FirstVersion, HeadProperties.TrimmedAt(head));
    }

    // What a fork shows of other threads; none for any other thread.
    private IReadOnlyList<Origin> Origins => ForkReading.IsFork(head) && newest() is { } state ? LostPast.LeftOf(head, state.Origins) : [];

    /// <summary>The version of a point, as the end of a range: what is before the beginning of the thread is 0, what is after its end is the newest version, and what was dropped is told as it is.</summary>
    /// <exception cref="PointNotFoundException">There is no such label.</exception>
    public async ValueTask<long> FindEndAsync(ThreadPoint point, CancellationToken cancellationToken)
        => Math.Clamp(await SearchAsync(point, cancellationToken).ConfigureAwait(false) ?? 0, 0, head.Version);

    // Null for a time before the first commit; below 0 or above the head where the thread has no such version.
    private async ValueTask<long?> SearchAsync(ThreadPoint point, CancellationToken cancellationToken) => point switch
    {
        { Version: { } version } => version,
        { StepsBack: { } back } => head.Version - back,
        { Label: { } label } => LabelCodec.Find(newest()!, label)?.Version ?? throw new PointNotFoundException(head.Key, point, head.Version, "there is no such label."),
        _ => await SearchAsync(point.Time!.Value, cancellationToken).ConfigureAwait(false),
    };

    // First back from the end in strides that double, since most look for what was lately; then by halves. Each step reads one commit.
    private async ValueTask<long?> SearchAsync(DateTimeOffset time, CancellationToken cancellationToken)
    {
        if (head.UpdatedAt <= time)
        {
            return head.Version;
        }

        // Of these two, `early` is not later than the time, and `late` is.
        long late = head.Version, early = late;
        for (long stride = 1; early == late; stride *= 2)
        {
            if (late <= head.FirstVersion && late == Lowest(late))
            {
                // One version before the first that is there: it was dropped, unless there never was one.
                return late == 1 ? null : late - 1;
            }

            var version = Math.Max(late > head.FirstVersion ? head.FirstVersion : Lowest(late), late - stride);
            (early, late) = await TimeOfAsync(version, cancellationToken).ConfigureAwait(false) <= time ? (version, late) : (version, version);
        }

        while (late - early > 1)
        {
            var middle = early + ((late - early) / 2);
            (early, late) = await TimeOfAsync(middle, cancellationToken).ConfigureAwait(false) <= time ? (middle, late) : (early, middle);
        }

        return early;
    }

    // The lowest version from which on up to another one all are there.
    private long Lowest(long version)
    {
        foreach (var origin in Origins.Reverse())
        {
            version = version > origin.From && version <= origin.To + 1 ? origin.From : version;
        }

        return version;
    }

    private async ValueTask<DateTimeOffset> TimeOfAsync(long version, CancellationToken cancellationToken)
    {
        if (version < head.FirstVersion)
        {
            await foreach (var opened in store.EntriesOf(head.Key, head, newest()!).ReadAsync(version, version, ReadDirection.Forward, cancellationToken).ConfigureAwait(false))
            {
                return opened.Entry.At;
            }
        }

        var walk = new EntryWalk(store.Bodies, head.Key) { Expected = version, AllowsDropped = true };
        var request = new ReadRequest { Key = head.Key, From = version, To = version, Life = head.Life };
        await foreach (var opened in walk.ReadAsync(store.Calls, request, version, cancellationToken).ConfigureAwait(false))
        {
            return opened.Entry.At;
        }

        throw new CorruptStateException(head.Key, version, "the entry is missing.");
    }
}
