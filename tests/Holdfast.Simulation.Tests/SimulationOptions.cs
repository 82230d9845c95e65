using Holdfast.Logs;

namespace Holdfast.Simulation.Tests;

/// <summary>How a run is made; the defaults keep every rule.</summary>
internal sealed record SimulationOptions
{
    /// <summary>How many things the clients do before they stop.</summary>
    public int Acts { get; init; } = 24;

    /// <summary>What stands between the clients and the memory: a log that breaks a rule, in the runs that must find it.</summary>
    public Func<ICommitLog, ICommitLog> Log { get; init; } = log => log;

    /// <summary>Whether defects of the library that are known, and were found by this simulation, are excused: they are marked with this name.</summary>
    /// <remarks>
    /// A copy that fails, or is overtaken by another one of the same thread, can show a thread whose head is of a version that is not there yet. A load during which the thread
    /// is erased takes that for damage.
    /// </remarks>
    public bool ExcusesKnownDefects { get; init; } = true;

    /// <summary>Whether a trim looks at pins.</summary>
    public bool TrimsAskForPins { get; init; } = true;

    /// <summary>Whether a fork folds its origin again when maintenance changed it before it was pinned.</summary>
    public bool ForksFoldAgain { get; init; } = true;

    /// <summary>Whether an erase of a pinned thread keeps it as a trunk.</summary>
    public bool ErasesKeepTrunks { get; init; } = true;
}
