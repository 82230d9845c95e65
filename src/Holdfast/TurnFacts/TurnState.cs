namespace Holdfast;

/// <summary>Where a turn stands.</summary>
public enum TurnState
{
    /// <summary>Its input is stored and waits until the thread is free, or until its time.</summary>
    Queued = 1,

    /// <summary>It runs, or its runner died and nobody has taken it over yet.</summary>
    Running = 2,

    /// <summary>It waits for people.</summary>
    Interrupted = 3,

    /// <summary>It waits for a time.</summary>
    Sleeping = 4,

    /// <summary>It ended well.</summary>
    Completed = 5,

    /// <summary>It ended with an error. The same key resumes it.</summary>
    Failed = 6,

    /// <summary>It was stopped.</summary>
    Cancelled = 7,
}
