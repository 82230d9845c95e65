namespace Holdfast;

/// <summary>The life of the thread that was watched is over. This is the last event; a watch after its <see cref="ThreadEvent.Position"/>, the beginning, tells of the next life.</summary>
public sealed record ThreadEnded : ThreadEvent
{
    /// <summary>What ended it.</summary>
    public required ThreadEnd Reason { get; init; }

    /// <summary>The life that is over.</summary>
    public required CommitId Life { get; init; }

    /// <summary>Whether a thread with the same id was begun again already.</summary>
    public bool IsBegunAgain { get; init; }
}
