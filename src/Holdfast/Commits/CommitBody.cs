namespace Holdfast;

/// <summary>The body of a commit as it was read: slices of the stored JSON text.</summary>
internal sealed class CommitBody
{
    /// <summary>The newest format that this code reads, and the one that it writes.</summary>
    public const int Format = 1;

    public DateTimeOffset At { get; set; }

    public string? UserId { get; set; }

    public bool SetsAgent { get; set; }

    public string? Agent { get; set; }

    public string? Reason { get; set; }

    public IReadOnlyList<string> Tags { get; set; } = [];

    public List<StoredMessage> Messages { get; } = [];

    public List<(string Section, string Key, ReadOnlyMemory<byte> Value)> Set { get; } = [];

    public List<(string Section, string Key)> Remove { get; } = [];

    public ThreadStatus? Status { get; set; }

    public VisibleHistory? History { get; set; }

    /// <summary>How many messages are visible after the commit; written with <see cref="History"/>.</summary>
    public long? MessageCount { get; set; }

    public bool? Deleted { get; set; }

    /// <summary>The folded state that a keyframe carries.</summary>
    public ThreadState? State { get; set; }

    /// <summary>The chain hash before this entry; written with <see cref="State"/>, so that a tail can be verified without what is before it.</summary>
    public Digest? ChainBefore { get; set; }
}
