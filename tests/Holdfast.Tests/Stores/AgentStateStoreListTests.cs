using Holdfast.Tests.Support;

namespace Holdfast.Tests.Stores;

public sealed class AgentStateStoreListTests
{
    private readonly TestStore _test = new();

    [Fact]
    public async Task Get_AThread_TellsWhatIsKnownOfItWithoutReadingCommits()
    {
        await _test.CommitAsync("a", session => session.Say("1", "2"), new() { UserId = "ann", Agent = "Billing" });
        _test.Clock.Advance(TimeSpan.FromMinutes(1));
        await _test.CommitAsync("a", session =>
        {
            session.History.KeepLast(1);
            session.Status = ThreadStatus.Completed;
            session.Metadata.Set("topic", "greeting");
        });
        _test.Log.Reset();

        var info = (await _test.Store.Thread("a").GetInfoAsync())!;

        (info.Id.Value, info.Version, info.UserId, info.Agent, info.Status, info.MessageCount).ShouldBe(("a", 2, "ann", "Billing", ThreadStatus.Completed, 1));
        info.Metadata["topic"].GetString().ShouldBe("greeting");
        (info.UpdatedAt - info.CreatedAt).ShouldBe(TimeSpan.FromMinutes(1));
        (info.ExpiresAt, info.DeletedAt).ShouldBe((null, null));
        (_test.Log.Calls, _test.Log.HeadReads).ShouldBe((1, 1));
    }

    [Fact]
    public async Task List_ByWhatThreadsHave_FindsThem()
    {
        await MakeAsync("1", "ann", "Billing", "invoice", 10);
        await MakeAsync("2", "ann", "Sales", "offer", 10);
        await MakeAsync("3", "bob", "Billing", "invoice", 20);
        await _test.CommitAsync("3", session => session.Status = ThreadStatus.WaitingForApproval);

        (await IdsAsync(new())).ShouldBe(["3", "2", "1"]);
        (await IdsAsync(new() { Order = ThreadOrder.Id })).ShouldBe(["1", "2", "3"]);
        (await IdsAsync(new() { UserId = "ann" })).ShouldBe(["2", "1"]);
        (await IdsAsync(new() { Agent = "Billing" })).ShouldBe(["3", "1"]);
        (await IdsAsync(new() { Agent = "Billing", UserId = "ann" })).ShouldBe(["1"]);
        (await IdsAsync(new() { Status = ThreadStatus.WaitingForApproval })).ShouldBe(["3"]);
        (await IdsAsync(new ThreadQuery().WithMetadata("topic", "invoice"))).ShouldBe(["3", "1"]);
        (await IdsAsync(new ThreadQuery().WithMetadata("topic", "invoice").WithMetadata("size", 10))).ShouldBe(["1"]);
        (await IdsAsync(new ThreadQuery().WithMetadata("urgent", true))).ShouldBe(["3", "2", "1"]);
        (await IdsAsync(new ThreadQuery().WithMetadata("urgent", false))).ShouldBeEmpty();
        (await IdsAsync(new() { UpdatedSince = _test.Clock.GetUtcNow() })).ShouldBe(["3"]);
        (await IdsAsync(new() { UpdatedBefore = _test.Clock.GetUtcNow() })).ShouldBe(["2", "1"]);
    }

    [Fact]
    public async Task List_MetadataThatWasChanged_IsFoundByItsNewValueOnly()
    {
        await MakeAsync("1", "ann", "Billing", "invoice", 10);
        await _test.CommitAsync("1", session => session.Metadata.Set("topic", "paid"));
        await _test.CommitAsync("1", session => session.Metadata.Remove("size"));
        await _test.CommitAsync("1", session => session.Say("no metadata"));

        (await IdsAsync(new ThreadQuery().WithMetadata("topic", "paid"))).ShouldBe(["1"]);
        (await IdsAsync(new ThreadQuery().WithMetadata("topic", "invoice"))).ShouldBeEmpty();
        (await IdsAsync(new ThreadQuery().WithMetadata("size", 10))).ShouldBeEmpty();
    }

    [Fact]
    public async Task List_ManyThreads_GoesThroughThePages()
    {
        var ids = Enumerable.Range(0, 25).Select(i => $"thread {i:00}").ToList();
        foreach (var id in ids)
        {
            await _test.CommitAsync(id, session => session.Say(id));
        }

        (await IdsAsync(new() { Order = ThreadOrder.Id, PageSize = 10 })).ShouldBe(ids);
        var page = await _test.Store.ListPageAsync(new() { Order = ThreadOrder.Id, PageSize = 10 });
        page.Threads.Count.ShouldBe(10);
        page = await _test.Store.ListPageAsync(new() { Order = ThreadOrder.Id, PageSize = 25 });
        (page.Threads.Count, page.Continuation).ShouldBe((25, null));
    }

    [Fact]
    public async Task List_NeverShowsDeletedThreadsUnlessAsked()
    {
        await _test.CommitAsync("1", session => session.Say("1"));
        await _test.CommitAsync("2", session => session.Say("2"));
        await _test.Store.Thread("2").DeleteAsync();

        (await IdsAsync(new())).ShouldBe(["1"]);
        (await IdsAsync(new() { Deleted = DeletedFilter.Only })).ShouldBe(["2"]);
        (await IdsAsync(new() { Deleted = DeletedFilter.Include })).ShouldBe(["2", "1"], ignoreOrder: true);
    }

    [Fact]
    public async Task List_AQueryOutOfRange_IsRefused()
    {
        await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await IdsAsync(new() { PageSize = 0 }));
        await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await IdsAsync(new() { PageSize = 1001 }));
        await Should.ThrowAsync<ArgumentException>(async () => await IdsAsync(new() { Continuation = "nonsense" }));
        await Should.ThrowAsync<ArgumentException>(async () => await IdsAsync(
            new() { Metadata = new Dictionary<string, System.Text.Json.JsonElement> { ["x"] = System.Text.Json.JsonElement.Parse("[1]") } }));
    }

    private async Task MakeAsync(string id, string user, string agent, string topic, int size)
    {
        _test.Clock.Advance(TimeSpan.FromMinutes(1));
        await _test.CommitAsync(
            id,
            session =>
            {
                session.Metadata.Set("topic", topic);
                session.Metadata.Set("size", size);
                session.Metadata.Set("urgent", true);
            },
            new() { UserId = user, Agent = agent });
    }

    private async Task<List<string>> IdsAsync(ThreadQuery query)
        => await _test.Store.ListAsync(query).Select(thread => thread.Id.Value).ToListAsync();
}
