namespace Holdfast;

/// <summary>What the body of a commit says. One that was read holds slices of the stored JSON text.</summary>
internal sealed class CommitBody
{
    /// <summary>The newest format that this code reads, and the one that it writes.</summary>
    public const int Format = 1;

    /// <summary>What a reader of <see cref="NeedsTurns"/> has to know.</summary>
    public const string TurnsFeature = "turns";

    /// <summary>What a reader of a fork has to know.</summary>
    public const string ForksFeature = "forks";

    /// <summary>The text that takes the place of a body which was dropped between others that are kept. It is always the same, so that its hash need not be noted.</summary>
    public static ReadOnlyMemory<byte> DroppedText { get; } = "{\"v\":1,\"dropped\":true}"u8.ToArray();

    /// <summary>The hash of <see cref="DroppedText"/>.</summary>
    public static Digest DroppedHash { get; } = Digest.Compute(DroppedText.Span);

    /// <summary>What the commit changes.</summary>
    public required Change Change { get; init; }

    public DateTimeOffset At { get; set; }

    /// <summary>Who made the commit.</summary>
    public string? By { get; set; }

    public string? Reason { get; set; }

    /// <summary>The turn that the commit is part of.</summary>
    public string? Turn { get; set; }

    /// <summary>Whether a reader has to know turns to understand the thread.</summary>
    public bool NeedsTurns { get; set; }

    public IReadOnlyList<string> Tags { get; set; } = [];

    /// <summary>Whether what the commit said was dropped, and this is what stands in its place.</summary>
    public bool IsDropped { get; set; }

    /// <summary>The folded state that a keyframe carries.</summary>
    public ThreadState? State { get; set; }

    /// <summary>The chain hash before this entry; written with <see cref="State"/>, so that a tail can be verified without what is before it.</summary>
    public Digest? ChainBefore { get; set; }
}
