using Holdfast.Logs;
using Holdfast.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Holdfast.Tests.Hosting;

public sealed class AddHoldfastTests
{
    [Fact]
    public async Task AddHoldfast_GivesOneStoreThatWorks()
    {
        await using var services = new ServiceCollection().AddHoldfast(holdfast => holdfast.UseInMemory()).BuildServiceProvider();

        var store = services.GetRequiredService<AgentStateStore>();

        store.ShouldBeSameAs(services.GetRequiredService<AgentStateStore>());
        await store.UpdateAsync("a", session => session.Variables.Set("x", 1));
        (await store.GetAsync("a"))!.Version.ShouldBe(1);
    }

    [Fact]
    public async Task AddHoldfast_WithNames_GivesStoresThatShareNothing()
    {
        await using var services = new ServiceCollection()
            .AddHoldfast("hot", holdfast => holdfast.UseInMemory().Configure(options => options.MaxCommitBytes = 2048))
            .AddHoldfast("cold", holdfast => holdfast.UseInMemory())
            .BuildServiceProvider();

        await services.GetRequiredKeyedService<AgentStateStore>("hot").UpdateAsync("a", session => session.Variables.Set("x", 1));

        (await services.GetRequiredKeyedService<AgentStateStore>("cold").GetAsync("a")).ShouldBeNull();
        services.GetService<AgentStateStore>().ShouldBeNull();
        var monitor = services.GetRequiredService<IOptionsMonitor<AgentStateOptions>>();
        (monitor.Get("hot").MaxCommitBytes, monitor.Get("cold").MaxCommitBytes).ShouldBe((2048, 16 * 1024 * 1024));
    }

    [Fact]
    public async Task AddHoldfast_WithoutABackend_SaysWhatToCall()
    {
        await using var services = new ServiceCollection().AddHoldfast(_ => { }).BuildServiceProvider();

        Should.Throw<StateConfigurationException>(services.GetRequiredService<AgentStateStore>).Message.ShouldContain("UseInMemory");
    }

    [Fact]
    public async Task Start_WithASettingOutOfItsRange_Fails()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddHoldfast(holdfast => holdfast.UseInMemory().Configure(options => options.MaxCommitBytes = 1));
        using var host = builder.Build();

        (await Should.ThrowAsync<OptionsValidationException>(() => host.StartAsync())).Message.ShouldContain("MaxCommitBytes must be 1,024");
    }

    [Fact]
    public async Task Cleanup_RunsWithTheHost_AndRemovesExpiredThreadsOfAllTenants()
    {
        var time = new ManualTimeProvider();
        var log = new InMemoryCommitLog();
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddHoldfast(holdfast => holdfast
            .UseLog(_ => log)
            .Configure(options =>
            {
                options.TimeProvider = time;
                options.Expiry = ExpiryPolicy.After(TimeSpan.FromHours(1));
            })
            .AddCleanup(cleanup => cleanup.Interval = TimeSpan.FromMinutes(1)));
        using var host = builder.Build();
        await host.StartAsync();
        var acme = host.Services.GetRequiredService<AgentStateStore>().ForTenant("acme");
        await acme.UpdateAsync("a", session => session.Variables.Set("x", 1));

        for (var waited = 0; await log.GetHeadAsync(ThreadKey.Of("acme", "a")) is not null && waited < 10_000; waited++)
        {
            time.Advance(TimeSpan.FromMinutes(30));
            await Task.Yield();
        }

        (await log.GetHeadAsync(ThreadKey.Of("acme", "a"))).ShouldBeNull();
        await host.StopAsync();
    }

    [Fact]
    public void AddCleanup_WithAnIntervalOutOfItsRange_Fails()
        => Should.Throw<StateConfigurationException>(
            () => new ServiceCollection().AddHoldfast(holdfast => holdfast.UseInMemory().AddCleanup(cleanup => cleanup.Interval = TimeSpan.Zero)));

    [Fact]
    public async Task UseFiles_StoresInADirectory()
    {
        var directory = Directory.CreateTempSubdirectory("holdfast-hosting-").FullName;
        try
        {
            await using var services = new ServiceCollection().AddHoldfast(holdfast => holdfast.UseFiles(directory)).BuildServiceProvider();

            await services.GetRequiredService<AgentStateStore>().UpdateAsync("a", session => session.Variables.Set("x", 1));

            Directory.EnumerateFiles(directory, "*.jsonl", SearchOption.AllDirectories).Count().ShouldBe(1);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
