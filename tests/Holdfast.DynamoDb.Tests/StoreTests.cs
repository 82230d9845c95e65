using System.Globalization;
using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.DynamoDb.Tests;

/// <summary>Whole stores on DynamoDB.</summary>
public sealed class StoreTests
{
    [Fact]
    public async Task FiftyUpdatesOfOneThread_AtOnce_KeepFiftyOfFifty()
    {
        await using var store = await OpenAsync();

        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(async () =>
            await store.UpdateAsync("chat", session => session.Variables.Set(i.ToString(CultureInfo.InvariantCulture), i)))));

        var state = (await store.LoadAsync("chat"))!;
        state.Version.ShouldBe(50);
        Enumerable.Range(0, 50).ShouldAllBe(i => state.Variables[i.ToString(CultureInfo.InvariantCulture)].GetInt32() == i);
        (await store.Thread("chat").VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task SixtyFourThreads_WithTenCommitsEach_AreAllWhole()
    {
        await using var log = await SharedServer.OpenAsync();
        var tenant = "t" + Guid.NewGuid().ToString("N");
        var threads = Enumerable.Range(0, 64).Select(i => new ThreadWriter(ThreadKey.Of(tenant, string.Create(CultureInfo.InvariantCulture, $"chat-{i}")))).ToList();

        await Task.WhenAll(threads.Select(thread => Task.Run(() => thread.AppendManyAsync(log, 10, keyframes: [4, 8]))));

        var acknowledged = threads.SelectMany(thread => thread.Entries).Select(entry => new AcknowledgedCommit(entry.Key, entry.Version, entry.CommitId));
        var report = await HistoryChecker.CheckAsync(log, acknowledged);
        (report.Acknowledged, report.Unacknowledged).ShouldBe((640, 0));
        (await log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = tenant, AsOf = default, Filter = new() { Order = ThreadOrder.Id } })).Heads.Select(head => head.Version).ShouldBe(Enumerable.Repeat(10L, 64));
    }

    [Fact]
    public async Task CommitOfFiveMegabytes_IsOneCommit()
    {
        await using var store = await OpenAsync();
        var text = new string('x', 5 * 1024 * 1024);

        await store.UpdateAsync("chat", session => session.Variables.Set("text", text));
        await store.UpdateAsync("chat", session => session.Variables.Set("more", 1));

        var state = (await store.LoadAsync("chat"))!;
        state.Version.ShouldBe(2);
        state.Variables["text"].GetString().ShouldBe(text);
        (await store.Thread("chat").VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task ExpiredThreads_AreNotServedAndAreRemovedByTheSweeper()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 21, 8, 0, 0, TimeSpan.Zero));
        await using var store = await OpenAsync(new() { TimeProvider = time });
        await store.UpdateAsync("chat", session => session.Variables.Set("a", 1));
        await store.Thread("chat").ExtendAsync(TimeSpan.FromMinutes(1));
        time.Advance(TimeSpan.FromMinutes(2));

        (await store.LoadAsync("chat")).ShouldBeNull();
        (await store.ListPageAsync(new())).Threads.ShouldBeEmpty();
        (await store.CleanupAsync()).ShouldBe(new(1, 0, false));

        (await store.CommitLog.GetHeadAsync(ThreadKey.Of(store.Tenant, "chat"))).ShouldBeNull();
    }

    private static async Task<AgentStateStore> OpenAsync(AgentStateOptions? options = null)
        => new AgentStateStore(await SharedServer.OpenAsync(), options).ForTenant("t" + Guid.NewGuid().ToString("N"));
}
