namespace Holdfast.Simulation.Tests.Agents;

/// <summary>What a flow stands before or after.</summary>
internal enum StopKind
{
    /// <summary>A call that stores nothing.</summary>
    Other,

    /// <summary>A commit.</summary>
    Append,

    /// <summary>A side effect.</summary>
    Effect,
}
