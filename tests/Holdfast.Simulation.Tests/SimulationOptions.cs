using Holdfast.Logs;

namespace Holdfast.Simulation.Tests;

/// <summary>How a run is made; the defaults keep every rule.</summary>
internal sealed record SimulationOptions
{
    /// <summary>How many things the clients do before they stop.</summary>
    public int Acts { get; init; } = 24;

    /// <summary>When the run begins.</summary>
    public DateTimeOffset Begins { get; init; } = new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);

    /// <summary>How likely it is at a stop that a call fails, or its answer is lost.</summary>
    public double FailureRate { get; init; } = 0.04;

    /// <summary>How likely it is that something is archived, beside what is done anyway.</summary>
    public double ArchiveRate { get; init; }

    /// <summary>What stands between the clients and the memory: a log that breaks a rule, in the runs that must find it.</summary>
    public Func<ICommitLog, ICommitLog> Log { get; init; } = log => log;

    /// <summary>The same for the log that threads are archived and copied to.</summary>
    public Func<ICommitLog, ICommitLog> Cold { get; init; } = log => log;

    /// <summary>Whether a trim looks at pins.</summary>
    public bool TrimsAskForPins { get; init; } = true;

    /// <summary>Whether a fork folds its origin again when maintenance changed it before it was pinned.</summary>
    public bool ForksFoldAgain { get; init; } = true;

    /// <summary>Whether an erase of a pinned thread keeps it as a trunk.</summary>
    public bool ErasesKeepTrunks { get; init; } = true;
}
