using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.Simulation.Tests.Agents;

/// <summary>A worker as <see cref="ThreadWorker"/> is one, in a single flow: it takes a turn that is due, runs it, and looks for the next one.</summary>
internal static class Worker
{
    public const string Name = "worker";

    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(2);

    public static async Task RunAsync(Fiber fiber)
    {
        var (world, store) = (fiber.Process.World, fiber.Store.Context);
        var due = new DueThreads(store, "", null);
        var job = new TurnJob(store, new NoScopes(), _ => new TurnScript(fiber));
        while (true)
        {
            try
            {
                var found = await due.FindAsync(_ => true, _ => false, CancellationToken.None);
                if (found.Count > 0)
                {
                    await TakeAsync(store, due, job, world.OneOf(found).Key, world);
                }
            }
            catch (AgentStateException e) when (e is not CorruptStateException)
            {
                world.Count($"worker: {e.GetType().Name}");
            }

            await Task.Delay(Poll, store.Time);
        }
    }

    private static async Task TakeAsync(StoreContext store, DueThreads due, TurnJob job, ThreadKey key, AgentWorld world)
    {
        var options = new TurnOptions { Lease = TimeSpan.FromSeconds(20), MaxAttempts = world.OneOf([3, 100]), HistoryWindow = world.Random.Next(1, 12) };
        var look = await TurnTaking.LookAsync(store, key, options, CancellationToken.None);
        due.Remember(key, look);
        if (look.Turn is { } turn)
        {
            world.Count("turn taken by a worker");
            await job.RunAsync(key, turn, CancellationToken.None);
            due.Forget(key);
        }
    }

    private sealed class NoScopes : IServiceScopeFactory, IServiceScope, IServiceProvider
    {
        public IServiceProvider ServiceProvider => this;

        public IServiceScope CreateScope() => this;

        public object? GetService(Type serviceType) => null;

        public void Dispose()
        {
        }
    }
}
