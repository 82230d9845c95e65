namespace Holdfast.Simulation.Tests.Histories;

/// <summary>One run: two clients that change threads and their past, and two that follow a thread each.</summary>
internal static class HistorySimulation
{
    private const int Clients = 2;

    /// <summary>Makes a run.</summary>
    /// <returns>What was done, and the steps.</returns>
    /// <exception cref="SimulationException">An invariant does not hold; the message names the seed and the last steps.</exception>
    public static async Task<(HistoryWorld World, IReadOnlyList<string> Trace)> RunAsync(int seed, SimulationOptions options)
    {
        var world = new HistoryWorld(seed, options);
        var scheduler = new Scheduler(world);
        for (var i = 0; i < Clients; i++)
        {
            scheduler.Add(number => new HistoryClient(world, number, HistoryActs.RunAsync));
        }

        List<Follower> followers = [new(world, "a"), new(world, world.SomeFork())];
        foreach (var follower in followers)
        {
            scheduler.Add(number => new HistoryClient(world, number, follower.RunAsync), follows: true);
        }

        try
        {
            scheduler.Run();
            await HistoryInvariants.CheckAsync(world, followers);
        }
        catch (Exception e)
        {
            throw SimulationException.Of(seed, "HISTORIES_SEED", scheduler.Trace, e);
        }

        return (world, scheduler.Trace);
    }
}
