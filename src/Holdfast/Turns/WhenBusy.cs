namespace Holdfast;

/// <summary>What to do when another turn runs on the thread.</summary>
public enum WhenBusy
{
    /// <summary>The messages are stored and wait for their turn; first come, first served.</summary>
    Queue = 0,

    /// <summary>The call fails with <see cref="TurnBusyException"/>; nothing is stored.</summary>
    Reject = 1,

    /// <summary>The turn that runs is asked to stop; one that does not within ten seconds is fenced off.</summary>
    Interrupt = 2,

    /// <summary>Both run at the same time; their messages interleave.</summary>
    Parallel = 3,
}
