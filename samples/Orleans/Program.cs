using Holdfast;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

// A grain of Orleans whose state is a thread. Each call is a silo of its own:
//   dotnet run --project samples/Orleans -- --add "buy milk"
//   dotnet run --project samples/Orleans -- --add "call Ann"
//   dotnet run --project samples/Orleans
var builder = Host.CreateApplicationBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Error);

#region silo
builder.Services.AddHoldfast(holdfast => holdfast.UseSqlite("grains.db"));
builder.UseOrleans(silo => silo
    .UseLocalhostClustering(siloPort: builder.Configuration.GetValue("port", 11_111), gatewayPort: 0)
    .AddHoldfastGrainStorageAsDefault());
#endregion

using var host = builder.Build();
await host.StartAsync();

#region call
var list = host.Services.GetRequiredService<IGrainFactory>().GetGrain<IShoppingList>("john");
if (builder.Configuration["add"] is { } item)
{
    await list.AddAsync(item);
}

Console.WriteLine(string.Join(", ", await list.GetAsync()));
#endregion

#region log
// The store knows what the grain did: each write is a version, with what changed.
var store = host.Services.GetRequiredService<AgentStateStore>();
await foreach (var thread in store.ListAsync())
{
    await foreach (var commit in store.Thread(thread.Id).LogAsync())
    {
        Console.WriteLine($"{thread.Id}, version {commit.Version}: {string.Join(", ", commit.Set)}, {commit.Bytes} bytes");
    }
}
#endregion

await host.StopAsync();

#region grain
internal interface IShoppingList : IGrainWithStringKey
{
    Task AddAsync(string item);

    Task<IReadOnlyList<string>> GetAsync();
}

internal sealed class ShoppingList([PersistentState("list")] IPersistentState<ShoppingListState> list) : Grain, IShoppingList
{
    public Task AddAsync(string item)
    {
        list.State.Items.Add(item);
        return list.WriteStateAsync();
    }

    public Task<IReadOnlyList<string>> GetAsync() => Task.FromResult<IReadOnlyList<string>>(list.State.Items);
}

internal sealed class ShoppingListState
{
    public List<string> Items { get; set; } = [];
}
#endregion
