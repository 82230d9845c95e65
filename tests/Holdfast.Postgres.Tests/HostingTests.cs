using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Holdfast.Postgres.Tests;

/// <summary>Set up by dependency injection, the store is there and its schema is ready when the host has started.</summary>
public sealed class HostingTests
{
    [Fact]
    public async Task UsePostgres_WithAConnectionString_AppliesTheSchemaWhenTheHostStarts()
    {
        var options = await SharedServer.NewSchemaAsync();
        using var host = Build(services => services.AddHoldfast(holdfast => holdfast.UsePostgres(options.ConnectionString!, chosen => chosen.Schema = options.Schema)));

        await host.StartAsync();

        (await SharedServer.RunAsync($"SELECT count(*) FROM {options.Schema}.migrations")).ShouldBe((long)PostgresSchema.Version);
        var store = host.Services.GetRequiredService<AgentStateStore>();
        await store.UpdateAsync("a", session => session.Variables.Set("x", 1));
        (await store.OpenAsync("a")).Variables.Get<int>("x").ShouldBe(1);
        await host.StopAsync();
    }

    [Fact]
    public async Task UsePostgres_WithAUrl_TakesTheSchemaFromIt()
    {
        var options = await SharedServer.NewSchemaAsync();
        var url = (await SharedServer.GetAsync()).Url(query: $"?schema={options.Schema}");
        using var host = Build(services => services.AddHoldfast(holdfast => holdfast.UsePostgres(url)));

        await host.StartAsync();

        host.Services.GetRequiredService<AgentStateStore>().CommitLog.Description.ShouldContain($"?schema={options.Schema}");
    }

    [Fact]
    public async Task UsePostgres_WithoutAnything_TakesTheDataSourceAmongTheServices()
    {
        var options = await SharedServer.NewSchemaAsync();
        await using var dataSource = NpgsqlDataSource.Create(options.ConnectionString!);
        using (var host = Build(services => services.AddSingleton(dataSource).AddHoldfast(holdfast => holdfast.UsePostgres(chosen => chosen.Schema = options.Schema))))
        {
            await host.StartAsync();
            await host.Services.GetRequiredService<AgentStateStore>().UpdateAsync("a", session => session.Variables.Set("x", 1));
        }
    }

    [Fact]
    public async Task UsePostgres_WithoutAnythingAndWithoutADataSource_SaysWhatIsMissing()
    {
        using var host = Build(services => services.AddHoldfast(holdfast => holdfast.UsePostgres()));

        (await Should.ThrowAsync<StateConfigurationException>(() => host.StartAsync())).Message.ShouldContain("ConnectionString");
    }

    [Fact]
    public async Task UsePostgres_ForTwoNamedStores_KeepsThemApart()
    {
        var (one, two) = (await SharedServer.NewSchemaAsync(), await SharedServer.NewSchemaAsync());
        await using var dataSource = NpgsqlDataSource.Create(one.ConnectionString!);
        using var host = Build(services => services
            .AddHoldfast("one", holdfast => holdfast.UsePostgres(dataSource, chosen => chosen.Schema = one.Schema))
            .AddHoldfast("two", holdfast => holdfast.UsePostgres(dataSource, chosen => chosen.Schema = two.Schema)));
        await host.StartAsync();

        await host.Services.GetRequiredKeyedService<AgentStateStore>("one").UpdateAsync("a", session => session.Variables.Set("x", 1));

        (await host.Services.GetRequiredKeyedService<AgentStateStore>("two").Thread("a").GetInfoAsync()).ShouldBeNull();
        (await host.Services.GetRequiredKeyedService<AgentStateStore>("one").Thread("a").GetInfoAsync()).ShouldNotBeNull();
    }

    [Fact]
    public async Task Host_WhoseSchemaIsNewer_DoesNotStart()
    {
        var options = await SharedServer.NewSchemaAsync();
        await (await PostgresCommitLog.OpenAsync(options)).DisposeAsync();
        await SharedServer.RunAsync($"INSERT INTO {options.Schema}.migrations (version, name) VALUES (99, 'from the future')");
        using var host = Build(services => services.AddHoldfast(holdfast => holdfast.UsePostgres(options.ConnectionString!, chosen => chosen.Schema = options.Schema)));

        await Should.ThrowAsync<UnknownFormatException>(() => host.StartAsync());
    }

    [Fact]
    public async Task Host_WithAnotherBackendNamedLater_LeavesPostgresAlone()
    {
        using var host = Build(services => services.AddHoldfast(holdfast => holdfast.UsePostgres("Host=no.such.host.invalid").UseInMemory()));

        await host.StartAsync();

        host.Services.GetRequiredService<AgentStateStore>().CommitLog.ShouldBeOfType<Logs.InMemoryCommitLog>();
    }

    private static IHost Build(Action<IServiceCollection> add)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        add(builder.Services);
        return builder.Build();
    }
}
