namespace Holdfast;

/// <summary>What somebody found who looked at a thread because it seemed due.</summary>
internal sealed record DueLook
{
    /// <summary>The turn that runs here now; null if there was none to run.</summary>
    public Turn? Turn { get; init; }

    /// <summary>The life of the thread at that time, and its version.</summary>
    public CommitId Life { get; init; }

    /// <inheritdoc cref="Life"/>
    public long Version { get; init; }

    /// <summary>The lease that somebody else holds; null for none.</summary>
    public SeenLease? Lease { get; init; }

    /// <summary>When it is worth looking again, even if the thread has not changed; null for never.</summary>
    public DateTimeOffset? Again { get; init; }
}
