using Holdfast.Logs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Holdfast.Worker;

/// <summary>A host that runs turns.</summary>
public static class TurnHost
{
    /// <summary>Opens the log that a store URL names.</summary>
    public static ICommitLog Open(string url) => Logs.Open(url);

    /// <summary>Makes a host with a worker.</summary>
    /// <param name="log">The log.</param>
    /// <param name="journal">The directory of the journal of effects.</param>
    /// <param name="lease">How long leases last.</param>
    /// <param name="points">Where turns hang.</param>
    public static IHost Create(ICommitLog log, string journal, TimeSpan lease, KillPoints points)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton(points).AddSingleton(new SideEffects(journal));
        builder.Services.AddHoldfast(holdfast => holdfast.UseLog(_ => new KillPointLog(log, points)).AddThreadWorker<TurnWork>(options =>
        {
            (options.Concurrency, options.PollInterval, options.Turns) = (100, TimeSpan.FromMilliseconds(50), new() { Lease = lease, MaxAttempts = 100 });
        }));
        return builder.Build();
    }

    /// <summary>Runs turns until a line comes in; those that hang then go on, and the host stops. With the line "quiet", no call to the log is on its way until the next one.</summary>
    internal static async Task RunAsync(ICommitLog log, string journal, TimeSpan lease)
    {
        var points = new KillPoints(isActive: true);
        using var host = Create(log, journal, lease, points);
        await host.StartAsync();
        Console.WriteLine("ready");
        while (await Console.In.ReadLineAsync() == "quiet")
        {
            await points.Gate.CloseAsync();
            Console.WriteLine("quiet");
        }

        points.Go();
        await host.StopAsync();
    }
}
