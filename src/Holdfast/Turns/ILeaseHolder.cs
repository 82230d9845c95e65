using Holdfast.Logs;

namespace Holdfast;

/// <summary>Whoever holds a lease, as its heart sees it.</summary>
internal interface ILeaseHolder
{
    /// <summary>The thread as the holder knows it.</summary>
    ThreadHead Head { get; }

    /// <summary>When the holder last committed, by the monotonic clock.</summary>
    long CommittedAt { get; }

    /// <summary>A sign of life was given.</summary>
    void NoteBeat();

    /// <summary>Looks at what others left in the thread.</summary>
    /// <param name="book">The thread; null if it is gone.</param>
    /// <returns>Whether the lease is still held.</returns>
    bool Look(TurnBook? book);
}
