using Holdfast.Logs;

namespace Holdfast.Simulation.Tests.Agents;

/// <summary>How a run is made; the defaults keep every rule.</summary>
internal sealed record AgentOptions
{
    /// <summary>How many things are done before the faults stop.</summary>
    public int Acts { get; init; } = 12;

    /// <summary>How many of its last steps a run that fails tells.</summary>
    public int StepsTold { get; init; } = 200;

    /// <summary>What stands between the processes and the memory: a log that breaks a rule, in the runs that must find it.</summary>
    public Func<ICommitLog, ICommitLog> Log { get; init; } = log => log;

    /// <summary>Whether what may happen at most once is begun as such. Otherwise its start is not stored before it happens.</summary>
    public bool StoresStarts { get; init; } = true;

    /// <summary>Whether calls that people have to approve are asked about.</summary>
    public bool AsksPeople { get; init; } = true;

    /// <summary>Whether some turns run the tools of a reply side by side.</summary>
    public bool RunsToolsSideBySide { get; init; } = true;
}
