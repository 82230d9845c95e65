namespace Holdfast.Simulation.Tests.Agents;

/// <summary>Waits for others by the clock of the simulation, for as long as the seed wants it.</summary>
internal sealed class SimulatedBackoff(AgentProcess process) : Backoff
{
    public override Task WaitAsync(TimeSpan time, CancellationToken cancellationToken)
        => Task.Delay(TimeSpan.FromMilliseconds(process.World.Random.Next(1, 2_000)), process.Clock, cancellationToken);
}
