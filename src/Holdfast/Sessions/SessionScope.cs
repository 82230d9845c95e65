namespace Holdfast;

/// <summary>A part of a session that is a thread of its own: the variables of its user, or of the application.</summary>
/// <param name="name">Its name in <see cref="ScopeCommit"/>.</param>
/// <param name="state">The thread.</param>
internal sealed class SessionScope(string name, SessionState state)
{
    public string Name => name;

    public SessionState State => state;

    public CommitMaker Maker { get; } = new(state);

    /// <summary>What came of it in the running commit, until the whole commit is done; null as long as nothing did.</summary>
    public ScopeCommit? Outcome { get; private set; }

    public bool IsCommitted => Outcome is { Outcome: ScopeOutcome.Committed };

    /// <summary>Notes what came of it: the commit, or that nothing was left to commit.</summary>
    public void Note(CommitInfo? written)
    {
        if (written is not null || !IsCommitted)
        {
            Outcome = written is null ? Without(ScopeOutcome.Unchanged) : new(name, written);
        }
    }

    /// <summary>What is told when the commit failed, here or before it came to this scope.</summary>
    public ScopeCommit Failed() => Without(ScopeOutcome.Failed);

    public void Forget() => Outcome = null;

    private ScopeCommit Without(ScopeOutcome outcome)
        => new(name, CommitInfo.None(state.Key.Id, state.Version, state.Base?.UpdatedAt ?? state.Store.Now)) { Outcome = outcome };
}
