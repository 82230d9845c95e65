namespace Holdfast;

/// <summary>What one commit of a turn does besides what its session changed; made anew for each commit.</summary>
internal sealed class TurnBatch
{
    private readonly List<Action<TurnBook, long>> _atVersion = [];

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

        book.Forget(id, final.State == TurnState.Completed);
        book.AddEnded(new()
        {
            Id = id.Value,
            Turn = final with { Wake = null, HasInput = false, Waits = null },
            EndedAt = now,
            Steps = steps.Count > 0 ? steps : null,
            Outputs = outputs.Count > 0 ? outputs : null,
        });
        foreach (var hash in (final.Keys ?? []).Concat(final.Key is { } own ? [KeyHash.Of(own)] : []))
        {
            AtVersion((current, version) => current.Keys.Remember(hash, version));
        }
    }

    /// <summary>Completes the commit.</summary>
    public void Complete(TurnBook book, long version)
    {
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
