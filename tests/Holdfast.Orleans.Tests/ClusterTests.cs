using Holdfast.Orleans.Tests.Grains;
using Holdfast.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Storage;
using Orleans.TestingHost;

namespace Holdfast.Orleans.Tests;

/// <summary>Grains in silos.</summary>
public sealed class ClusterTests : IAsyncLifetime
{
    private const string Service = "bank";

    private readonly string _directory = Directory.CreateTempSubdirectory("holdfast-orleans-").FullName;
    private AgentStateStore _store = null!;

    private string Database => Path.Combine(_directory, "grains.db");

    public async ValueTask InitializeAsync() => _store = new(await SqliteCommitLog.OpenAsync(Database));

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task State_OfAGrain_IsThereInTheNextHost()
    {
        await using (var first = await StartAsync())
        {
            var account = first.Client.GetGrain<IAccountGrain>("ann");
            await account.DepositAsync(20, "salary");
            await account.DepositAsync(5, "refund");
            await account.ReferToAsync(first.Client.GetGrain<IAccountGrain>("bob"));
        }

        await using var second = await StartAsync();
        var state = await second.Client.GetGrain<IAccountGrain>("ann").GetAsync();

        state.Balance.ShouldBe(25);
        state.Notes.ShouldBe(["salary", "refund"]);
        (await state.Other!.DepositAsync(1, "by reference")).ShouldBe(1);
        (await second.Client.GetGrain<IAccountGrain>("bob").GetAsync()).Balance.ShouldBe(1);
    }

    [Fact]
    public async Task State_ThatOthersChanged_FailsTheCall_AndTheNextOneSeesIt()
    {
        await using var cluster = await StartAsync();
        var account = cluster.Client.GetGrain<IAccountGrain>("ann");
        await account.DepositAsync(20, "salary");

        await _store.UpdateAsync($"orleans/{Service}/account/account/ann", thread => thread.Section("orleans").Set("Balance", 100));

        var conflict = await Should.ThrowAsync<InconsistentStateException>(() => account.DepositAsync(5, "lost"));
        conflict.InnerException.ShouldBeOfType<CommitConflictException>().Message.ShouldContain("expected at version 1");
        (await account.DepositAsync(5, "refund")).ShouldBe(105);
        (await account.GetAsync()).Notes.ShouldBe(["salary", "refund"]);
    }

    [Fact]
    public async Task Errors_OfTheStore_ReachTheCaller()
    {
        await using var cluster = await StartAsync();
        var account = cluster.Client.GetGrain<IAccountGrain>("ann");

        var error = await Should.ThrowAsync<OrleansException>(() => account.DepositAsync(5, new('x', 20 << 20)));

        error.InnerException.ShouldBeOfType<StateTooLargeException>();
    }

    [Fact]
    public async Task State_ThatIsCleared_BeginsAnew()
    {
        await using var cluster = await StartAsync();
        var account = cluster.Client.GetGrain<IAccountGrain>("ann");
        await account.DepositAsync(20, "salary");

        (await account.CloseAsync()).ShouldBeFalse();

        (await account.GetAsync()).Balance.ShouldBe(0);
        (await account.DepositAsync(1, "again")).ShouldBe(1);
        await account.DeactivateAsync();
        (await account.GetAsync()).Notes.ShouldBe(["again"]);
    }

    [Fact]
    public async Task Grains_OfTwoSilos_GoOnWhenOneIsStopped()
    {
        await using var cluster = await StartAsync(silos: 2);
        var (accounts, places) = (new List<IAccountGrain>(), new HashSet<string>());

        // Orleans places them as the silos are busy: a few may all get to the same one.
        while (accounts.Count < 20 || places.Count < 2)
        {
            accounts.Count.ShouldBeLessThan(2_000, "one silo has them all");
            var account = cluster.Client.GetGrain<IAccountGrain>($"account-{accounts.Count}");
            await account.DepositAsync(1, "before");
            places.Add(await account.WhereAsync());
            accounts.Add(account);
        }

        await cluster.StopSiloAsync(cluster.Silos[1]);

        (await Task.WhenAll(accounts.Select(account => account.DepositAsync(1, "after")))).ShouldAllBe(balance => balance == 2);
    }

    private async Task<InProcessTestCluster> StartAsync(int silos = 1)
    {
        var builder = new InProcessTestClusterBuilder((short)silos);
        builder.Options.ServiceId = Service;
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddHoldfast(holdfast => holdfast.UseSqlite(Database));
            silo.AddHoldfastGrainStorageAsDefault();
        });
        var cluster = builder.Build();
        await cluster.DeployAsync();
        return cluster;
    }
}
