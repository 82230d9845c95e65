using Holdfast;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Hosting;
using Orleans.Providers;
using Orleans.Storage;

[assembly: ApplicationPart("Holdfast.Orleans")]
[assembly: RegisterProvider("Holdfast", "GrainStorage", "Silo", typeof(HoldfastGrainStorageProviderBuilder))]

namespace Holdfast;

/// <summary>Sets the storage up by the configuration of a silo: <c>Orleans:GrainStorage:NAME:ProviderType</c> = <c>Holdfast</c>.</summary>
internal sealed class HoldfastGrainStorageProviderBuilder : IProviderBuilder<ISiloBuilder>
{
    public void Configure(ISiloBuilder builder, string? name, IConfigurationSection configurationSection)
    {
        name ??= ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME;
        builder.AddHoldfastGrainStorage(name, options =>
        {
            options.StoreName = configurationSection["ServiceKey"] is { Length: > 0 } store ? store : null;
            options.DeleteStateOnClear = configurationSection.GetValue(nameof(options.DeleteStateOnClear), false);
        });
        if (configurationSection["SerializerKey"] is { Length: > 0 } serializer)
        {
            builder.Services.AddOptions<HoldfastGrainStorageOptions>(name)
                .Configure<IServiceProvider>((options, provider) => options.GrainStorageSerializer = provider.GetRequiredKeyedService<IGrainStorageSerializer>(serializer));
        }
    }
}
