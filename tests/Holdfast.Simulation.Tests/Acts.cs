using Microsoft.Extensions.AI;

namespace Holdfast.Simulation.Tests;

/// <summary>What a client does: one thing after the other, until there is nothing left to do.</summary>
internal static class Acts
{
    private static readonly (int Weight, string Name, Func<Client, Task> Act)[] All =
    [
        (10, "commit", CommitAsync), (2, "erase", EraseAsync), (1, "expire", ExpireAsync), (1, "clean up", CleanUpAsync), (1, "load", LoadAsync), (2, "copy", CopyAsync),
        (3, "trim", Maintenance.TrimAsync), (2, "redact", Maintenance.RedactAsync), (4, "fork", Forks.ForkAsync), (1, "erase a fork", Forks.EraseAsync),
        (2, "tidy", Forks.TidyAsync),
    ];

    private static readonly int TotalWeight = All.Sum(act => act.Weight);

    public static async Task RunAsync(Client client)
    {
        while (client.World.TakeAct())
        {
            var (name, act) = Choose(client.World);
            client.World.Count(name);
            await client.StopAsync($"is about to {name}");
            try
            {
                await act(client);
                client.World.Count($"{name}, done");
            }
            catch (AgentStateException e) when (e is not CorruptStateException)
            {
                // It was told what happened, and does something else.
                client.World.Count(e.GetType().Name);
            }
        }
    }

    /// <summary>Calls again while a call fails, up to a point.</summary>
    public static async Task<T> AgainAsync<T>(Func<Task<T>> call)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await call();
            }
            catch (StoreUnavailableException) when (attempt < 8)
            {
            }
        }
    }

    private static (string Name, Func<Client, Task> Act) Choose(World world)
    {
        var number = world.Random.Next(TotalWeight);
        foreach (var (weight, name, act) in All)
        {
            number -= weight;
            if (number < 0)
            {
                return (name, act);
            }
        }

        throw new InvalidOperationException("The weights do not sum up.");
    }

    // A session that stays open for some commits. What is not known of one is settled by committing again.
    private static async Task CommitAsync(Client client)
    {
        var id = client.World.SomeThread();
        var key = ThreadKey.Of(id);
        var session = await AgainAsync(() => client.Store.OpenAsync(id).AsTask());
        for (var i = client.World.Random.Next(1, 5); i > 0; i--)
        {
            // Large ones make keyframes.
            var note = client.World.Chance(0.6) ? new string('x', 9_000) : "short";
            session.History.Add(ChatRole.User, $"note of {client.Number}: {note}");
            session.Variables.Set("by", client.Number);
            try
            {
                var commit = await AgainAsync(() => session.CommitAsync().AsTask());
                client.World.Hot.Acknowledge(key, commit.Version, client.Log.LastSent);
            }
            catch (CommitConflictException)
            {
                client.World.Hot.Refuse(key, client.Log.LastSent);
                throw;
            }
        }
    }

    private static async Task EraseAsync(Client client)
    {
        var id = client.World.SomeThread();
        if (client.World.Options.ErasesKeepTrunks)
        {
            await AgainAsync(() => client.Store.Thread(id).EraseAsync().AsTask());
        }
        else
        {
            await AgainAsync(() => client.Log.EraseAsync(new Logs.EraseRequest { Key = ThreadKey.Of(id) }).AsTask());
        }
    }

    private static Task ExpireAsync(Client client)
        => AgainAsync(() => client.Store.Thread(client.World.SomeThread()).ExtendAsync(TimeSpan.FromMilliseconds(client.World.Random.Next(1, 60))).AsTask());

    private static Task CleanUpAsync(Client client) => AgainAsync(() => client.Store.CleanupAsync().AsTask());

    private static Task LoadAsync(Client client) => AgainAsync(() => client.Store.LoadAsync(client.World.SomeThread()).AsTask());

    private static async Task CopyAsync(Client client)
    {
        var options = new CopyOptions { Threads = [client.World.SomeThread()], Parallelism = 1 };
        var result = await AgainAsync(() => client.Store.CopyToAsync(client.ColdStore, options).AsTask());
        client.World.Count(result.Failures.Count == 0 ? "copied" : "not copied");
    }
}
