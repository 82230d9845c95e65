namespace Holdfast;

/// <summary>What is stored of the lease of a thread: who runs it.</summary>
/// <remarks>A holder that died without releasing the lease is listed until somebody takes the thread over.</remarks>
public sealed record LeaseInfo
{
    /// <summary>The tenant of the thread.</summary>
    public required string Tenant { get; init; }

    /// <summary>The thread.</summary>
    public required ThreadId Thread { get; init; }

    /// <summary>The turn that holds the thread; null for a lease that was acquired by itself.</summary>
    public TurnId? Turn { get; init; }

    /// <summary>The token: the version that the lease was taken with.</summary>
    public required long Token { get; init; }

    /// <summary>The process that holds the thread: the boot of its machine, its namespace of process ids, its process id, and when it started.</summary>
    public required string Holder { get; init; }

    /// <summary>Whether the holder is certainly gone: it was a process of this machine, and it has ended. False where that cannot be told from here.</summary>
    public bool IsGone { get; init; }

    /// <summary>When the lease was taken; null if the commit that took it was dropped from the thread.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>When the holder last committed. Between commits it beats a counter, which no time is kept of.</summary>
    public required DateTimeOffset CommittedAt { get; init; }

    /// <summary>How long the lease lasts without a sign of life.</summary>
    public required TimeSpan Time { get; init; }
}
