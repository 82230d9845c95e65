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
            async () => await store.Thread("a").GetInfoAsync(),
            async () => await store.ListPageAsync(new()),
            async () => await store.Thread("a").LogAsync().ToListAsync(),
            async () => await store.Thread("a").VerifyAsync(),
            async () => await store.Thread("a").DeleteAsync(),
            async () => await store.Thread("a").EraseAsync(),
            async () => await store.CleanupAsync(),
            async () => await store.Thread("a").ExtendAsync(null),
            async () => await acme.Thread("a").GetInfoAsync(),
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
        Should.Throw<ObjectDisposedException>(() => { store.Thread("a").GetInfoAsync().AsTask().GetAwaiter().GetResult(); });
    }
}
