using Holdfast.Orleans.Tests.Grains;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Storage;

namespace Holdfast.Orleans.Tests;

/// <summary>Storages that the configuration of a silo names.</summary>
public sealed class ConfigurationTests
{
    private static readonly GrainId Ann = GrainId.Create("account", "ann");

    [Fact]
    public async Task Configuration_OfASilo_SetsTheStorageUp()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Orleans:GrainStorage:accounts:ProviderType"] = "Holdfast",
            ["Orleans:GrainStorage:accounts:ServiceKey"] = "bank",
            ["Orleans:GrainStorage:accounts:DeleteStateOnClear"] = "true",
            ["Orleans:GrainStorage:accounts:SerializerKey"] = "binary",
        });
        builder.Services.AddHoldfast("bank", holdfast => holdfast.UseInMemory());
        builder.Services.AddKeyedSingleton<IGrainStorageSerializer, OrleansGrainStorageSerializer>("binary");
        builder.UseOrleans(silo => silo.UseLocalhostClustering());
        using var host = builder.Build();
        var storage = host.Services.GetRequiredKeyedService<IGrainStorage>("accounts");
        var store = host.Services.GetRequiredKeyedService<AgentStateStore>("bank");
        var account = new AccountRecord();

        await storage.WriteStateAsync("account", Ann, account);
        (await store.LoadAsync("orleans/default/account/account/ann"))!.OtherSections.Keys.ShouldBe(["orleans/whole"]);
        await storage.ClearStateAsync("account", Ann, account);
        (await store.ListAsync().CountAsync()).ShouldBe(0);
    }
}
