namespace Holdfast.Simulation.Tests;

/// <summary>One run: two clients at a time, of which one goes on by one step, as the seed wants it.</summary>
/// <remarks>The same seed gives the same run.</remarks>
internal static class Simulation
{
    private const int Clients = 2;

    /// <summary>Makes a run.</summary>
    /// <returns>What was done, and the steps.</returns>
    /// <exception cref="SimulationException">An invariant does not hold; the message names the seed and the last steps.</exception>
    public static (World World, IReadOnlyList<string> Trace) Run(int seed, SimulationOptions? options = null)
    {
        var world = new World(seed, options ?? new());
        var scheduler = new Scheduler(world);
        for (var i = 0; i < Clients; i++)
        {
            scheduler.Add(number => new(world, number, Acts.RunAsync));
        }

        try
        {
            scheduler.Run();
            Invariants.CheckAsync(world).GetAwaiter().GetResult();
        }
        catch (Exception e)
        {
            throw SimulationException.Of(seed, "SIMULATION_SEED", scheduler.Trace, e);
        }

        return (world, scheduler.Trace);
    }
}
