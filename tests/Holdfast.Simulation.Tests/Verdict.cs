namespace Holdfast.Simulation.Tests;

/// <summary>What a call is told at a stop.</summary>
internal enum Verdict
{
    GoOn,

    /// <summary>Before the call: it has no effect. After it: its answer is lost.</summary>
    Fail,
}
