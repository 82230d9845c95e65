namespace Holdfast.Simulation.Tests.Agents;

/// <summary>A service refused before anything happened.</summary>
internal sealed class NothingHappenedException() : Exception("nothing happened");
