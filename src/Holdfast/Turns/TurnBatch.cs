namespace Holdfast;

/// <summary>What one commit of a turn does besides what its session changed; made anew for each commit.</summary>
internal sealed class TurnBatch
{
    private readonly List<TurnRecord> _closed = [];
    private readonly List<Action<TurnBook, long>> _atVersion = [];
    private long? _previous;

    /// <summary>Whether the lease is released with the commit.</summary>
    public bool Releases { get; set; }

    /// <summary>Does something that needs the version of the commit. It is done again, with another version, when others were faster.</summary>
    public void AtVersion(Action<TurnBook, long> change) => _atVersion.Add(change);

    /// <summary>Ends a turn: its record is stored, and the thread forgets the rest of it, but for its key.</summary>
    public void Close(TurnBook book, TurnId id, TurnDocument final, long now)
    {
        var steps = book.Steps(id).ToDictionary(step => step.Key, step => step.Step, StringComparer.Ordinal);
        var outputs = new Dictionary<string, long[]>(StringComparer.Ordinal);
        foreach (var key in steps.Keys)
        {
            if (book.PlaceOf(TurnSections.StepRecord(TurnSections.StepKey(id, key))) is { } place)
            {
                outputs[key] = place;
            }
        }

        _previous ??= book.PlaceOf(TurnSections.LastTurn)?[0];
        book.Forget(id, final.State == TurnState.Completed);
        _closed.Add(new()
        {
            Id = id.Value,
            Turn = final with { Wake = null, HasInput = false },
            EndedAt = now,
            Prev = _previous,
            Steps = steps.Count > 0 ? steps : null,
            Outputs = outputs.Count > 0 ? outputs : null,
        });
        if (final.Key is { } key2)
        {
            AtVersion((current, version) => current.Remember(key2, version));
        }
    }

    /// <summary>Looks at what others committed first: turns that ended meanwhile come before those that end here.</summary>
    public void Cross(IReadOnlyList<OpenedEntry>? newer)
    {
        foreach (var entry in newer ?? [])
        {
            if (entry.Body.Change.Sections.TryGet(SectionNames.Records, TurnSections.LastTurn, out var last) && !last.Removes)
            {
                _previous = entry.Version;
            }
        }
    }

    /// <summary>Completes the commit.</summary>
    public void Complete(TurnBook book, long version)
    {
        if (_closed.Count > 0)
        {
            book.PutRecord(TurnSections.LastTurn, [.. _closed.Select(turn => turn with { Prev = _previous })], TurnJson.Compact.TurnRecordArray);
        }

        foreach (var change in _atVersion)
        {
            change(book, version);
        }

        if (Releases)
        {
            book.Release();
        }
    }
}
