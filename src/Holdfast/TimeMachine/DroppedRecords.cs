namespace Holdfast;

/// <summary>What of the records of an earlier state retention has dropped since.</summary>
/// <param name="session">The thread as it is now; nothing of its records is pending.</param>
internal sealed class DroppedRecords(SessionState session)
{
    private readonly Dictionary<long, bool> _isDropped = [];

    /// <summary>The names whose records were dropped.</summary>
    public HashSet<string> Names { get; } = new(StringComparer.Ordinal);

    /// <summary>Those of them that do not lead to the same value today, in order.</summary>
    public SortedSet<string> Lost { get; } = new(StringComparer.Ordinal);

    /// <summary>Looks for the records of a state that the thread does not have where it says.</summary>
    public static async ValueTask<DroppedRecords> FindAsync(SessionState session, ThreadState wanted, CancellationToken cancellationToken)
    {
        var found = new DroppedRecords(session);
        foreach (var (name, pointer) in wanted.Find(SectionNames.Records) ?? [])
        {
            var isSame = session.State.TryGet(SectionNames.Records, name, out var current) && current.Span.SequenceEqual(pointer.Span);
            if (!isSame && SectionRestore.Covers(SectionNames.Records, name))
            {
                await found.LookAsync(name, RecordPlace.Read(pointer), current, cancellationToken).ConfigureAwait(false);
            }
        }

        return found;
    }

    private async ValueTask LookAsync(string name, RecordPlace wanted, ReadOnlyMemory<byte> current, CancellationToken cancellationToken)
    {
        if (!await IsDroppedAsync(wanted.Version, cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        Names.Add(name);
        if (current.IsEmpty || !await IsWrittenAgainAsync(name, wanted, RecordPlace.Read(current), cancellationToken).ConfigureAwait(false))
        {
            Lost.Add(name);
        }
    }

    private async ValueTask<bool> IsDroppedAsync(long version, CancellationToken cancellationToken)
    {
        if (!_isDropped.TryGetValue(version, out var isDropped))
        {
            isDropped = session.Entries.FirstMissing(version, version) is not null || (HasDropped() && await IsEmptiedAsync(version, cancellationToken).ConfigureAwait(false));
            _isDropped.Add(version, isDropped);
        }

        return isDropped;
    }

    // It is said before anything is dropped, so that a thread of which nothing was need not be read.
    private bool HasDropped() => session.Base?.Properties.ContainsKey(Logs.HeadProperties.Trimmed) is true;

    private async ValueTask<bool> IsEmptiedAsync(long version, CancellationToken cancellationToken)
    {
        try
        {
            await session.Records.ReadAsync(version, cancellationToken).ConfigureAwait(false);
            return false;
        }
        catch (HistoryDroppedException)
        {
            return true;
        }
        catch (CorruptStateException)
        {
            // It is there, and whoever reads it is told what is wrong with it.
            return false;
        }
    }

    private async ValueTask<bool> IsWrittenAgainAsync(string name, RecordPlace before, RecordPlace now, CancellationToken cancellationToken)
    {
        try
        {
            return (await session.Records.Reader.AtAsync(name, now, cancellationToken).ConfigureAwait(false)).Earlier.Contains(before);
        }
        catch (Exception e) when (e is HistoryDroppedException or CorruptStateException)
        {
            return false;
        }
    }
}
