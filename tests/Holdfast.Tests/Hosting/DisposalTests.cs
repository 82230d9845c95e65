using Holdfast.Logs;
using Holdfast.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.Tests.Hosting;

public sealed class DisposalTests
{
    [Fact]
    public async Task Store_ThatWasDisposedOf_RefusesEveryCall()
    {
        var store = new AgentStateStore(new InMemoryCommitLog());
        var session = await store.OpenAsync("a");
        session.Say("1");
        await session.CommitAsync();
        session.Say("2");
        var acme = store.ForTenant("acme");

        await store.DisposeAsync();

        Func<Task>[] calls =
        [
            async () => await store.OpenAsync("a"),
            async () => await store.LoadAsync("a"),
            async () => await store.SaveAsync("a", new()),
            async () => await store.UpdateAsync("a", one => one.Say("3")),
            async () => await store.UpdateUserAsync("ann", user => user.Set("x", 1)),
            async () => await store.GetInfoAsync("a"),
            async () => await store.ListPageAsync(new()),
            async () => await store.LogAsync("a").ToListAsync(),
            async () => await store.VerifyAsync("a"),
            async () => await store.DeleteAsync("a"),
            async () => await store.EraseAsync("a"),
            async () => await store.CleanupAsync(),
            async () => await store.ExtendAsync("a", null),
            async () => await acme.GetInfoAsync("a"),
            async () => await session.CommitAsync(),
        ];
        foreach (var call in calls)
        {
            (await Should.ThrowAsync<ObjectDisposedException>(call)).ObjectName.ShouldContain(nameof(AgentStateStore));
        }

        await store.DisposeAsync();
    }

    [Fact]
    public void Provider_DisposedOfWithoutAwait_DisposesOfStoreAndLog()
    {
        var log = new ObservedLog(new InMemoryCommitLog());
        AgentStateStore store;
        using (var services = new ServiceCollection().AddHoldfast(holdfast => holdfast.UseLog(_ => log)).BuildServiceProvider())
        {
            store = services.GetRequiredService<AgentStateStore>();
        }

        log.Disposals.ShouldBeGreaterThan(0);
        Should.Throw<ObjectDisposedException>(() => { store.GetInfoAsync("a").AsTask().GetAwaiter().GetResult(); });
    }
}
