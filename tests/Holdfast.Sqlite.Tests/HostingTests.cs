using Holdfast.Logs;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.Sqlite.Tests;

public sealed class HostingTests : SqliteLogTest
{
    [Fact]
    public async Task UseSqlite_StoresIntoTheFile()
    {
        await using (var services = new ServiceCollection().AddHoldfast(holdfast => holdfast.UseSqlite(DatabasePath)).BuildServiceProvider())
        {
            await Thread("a").AppendAsync(services.GetRequiredService<ICommitLog>());
        }

        await using var log = await OpenAsync();
        (await log.GetHeadAsync(ThreadKey.Of("a")))!.Version.ShouldBe(1);
    }

    [Fact]
    public async Task UseSqlite_TakesFurtherOptions()
    {
        await using var services = new ServiceCollection()
            .AddHoldfast("named", holdfast => holdfast.UseSqlite(DatabasePath, options => options.Durability = SqliteDurability.Normal))
            .BuildServiceProvider();

        services.GetRequiredKeyedService<ICommitLog>("named").Description.ShouldContain("synchronous=NORMAL");
    }

    [Fact]
    public async Task UseSqlite_WithoutAPath_FailsWhenTheStoreIsMade()
    {
        await using var services = new ServiceCollection().AddHoldfast(holdfast => holdfast.UseSqlite(_ => { })).BuildServiceProvider();

        Should.Throw<StateConfigurationException>(() => services.GetRequiredService<AgentStateStore>()).Message.ShouldContain(nameof(SqliteLogOptions.DataSource));
    }
}
