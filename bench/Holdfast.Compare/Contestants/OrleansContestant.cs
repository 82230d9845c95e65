using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using StackExchange.Redis;

namespace Holdfast.Compare.Contestants;

/// <summary>Orleans: a silo in this process, a grain for each thread, and the grain's state in Redis.</summary>
internal sealed class OrleansContestant(IHost host) : Contestant
{
    private readonly IGrainFactory _grains = host.Services.GetRequiredService<IGrainFactory>();

    public override string Version => $"{PackageVersion.Of<Grain>("Orleans")} with its Redis persistence, {PackageVersion.Of<IConnectionMultiplexer>("StackExchange.Redis")}";

    public static async Task<OrleansContestant> StartAsync(string address)
    {
        var builder = Host.CreateApplicationBuilder();
        // The standard output belongs to the answers.
        builder.Logging.ClearProviders();
        builder.UseOrleans(silo => silo
            .UseLocalhostClustering(FreePort(), gatewayPort: 0)
            .AddRedisGrainStorageAsDefault(options => options.ConfigurationOptions = ConfigurationOptions.Parse(address)));
        var host = builder.Build();
        await host.StartAsync();
        return new(host);
    }

    public override async Task<bool> SeedAsync(string thread, int count)
    {
        await GrainOf(thread).SeedAsync(new([.. Turn.Messages(thread, count)]));
        return true;
    }

    public override Task AppendAsync(string thread, Turn turn) => GrainOf(thread).AddAsync(turn.AsImmutable(), TimeSpan.Zero);

    public override async Task<Stored> ReadAsync(string thread, int messages) => (await GrainOf(thread).ReloadAsync(messages)).Value;

    public override async Task<int> RaceAsync(string thread, Turn turn)
    {
        // A thread has one grain in the whole cluster, which takes one call after the other: there are no store objects that could be at odds.
        await GrainOf(thread).AddAsync(turn.AsImmutable(), ModelTime);
        return 0;
    }

    public override async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
    }

    private IConversationGrain GrainOf(string thread) => _grains.GetGrain<IConversationGrain>(thread);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
