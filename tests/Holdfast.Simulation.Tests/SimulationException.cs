namespace Holdfast.Simulation.Tests;

/// <summary>An invariant does not hold, or a run does not end.</summary>
public sealed class SimulationException(string message, Exception? innerException = null) : Exception(message, innerException);
