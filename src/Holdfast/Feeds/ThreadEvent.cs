namespace Holdfast;

/// <summary>What a watch tells of a thread: <see cref="ThreadCommitted"/>, <see cref="VersionsDropped"/>, <see cref="ThreadDeleted"/> or <see cref="ThreadEnded"/>.</summary>
/// <remarks>Later versions may tell of more; skip what you do not know.</remarks>
public abstract record ThreadEvent
{
    private protected ThreadEvent()
    {
    }

    /// <summary>The thread.</summary>
    public required ThreadId ThreadId { get; init; }

    /// <summary>Where a watch goes on after this event: <see cref="WatchOptions.After"/>. Store it together with what was made of the event.</summary>
    public required ThreadPosition Position { get; init; }
}
