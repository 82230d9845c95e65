using System.Text.Json;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.State;

/// <summary>What logs and debuggers show: enough to recognise a thing, and no values.</summary>
public sealed class DebugTextTests
{
    private readonly TestStore _test = new();

    [Fact]
    public async Task Commit_ShowsWhatItChanged()
    {
        var commit = await MakeAsync();

        commit.ToString().ShouldBe(
            "CommitInfo { ThreadId = a, Version = 1, At = 2026-11-21T08:00:00.000Z, By = Billing, Agent = Billing, Status = Thinking, MessageCount = 1, " +
            "Set = [variables/name, metadata/topic, tools/search/cursor, todos/t], " +
            $"Bytes = {commit.Bytes} }}");
        (await _test.CommitAsync("a", session => session.Variables.Remove("name"))).ToString().ShouldContain("Removed = [variables/name]");
        (await _test.CommitAsync("a", _ => { })).ToString().ShouldContain("IsEmpty = True");
        (await _test.CommitAsync("a", session =>
        {
            for (var i = 0; i < 20; i++)
            {
                session.Variables.Set($"{i}", i);
            }
        })).ToString().ShouldContain("variables/7, … 12 more]");
    }

    [Fact]
    public async Task Thread_ShowsItsMetadataByKey()
    {
        await MakeAsync();

        (await _test.Store.Thread("a").GetInfoAsync())!.ToString().ShouldBe(
            "ThreadInfo { Id = a, Version = 1, Status = Thinking, Agent = Billing, UserId = ann, MessageCount = 1, Metadata = [topic], " +
            "CreatedAt = 2026-11-21T08:00:00.000Z, UpdatedAt = 2026-11-21T08:00:00.000Z }");
    }

    [Fact]
    public async Task State_ShowsKeysAndNoValues()
    {
        await MakeAsync();

        (await _test.Store.LoadAsync("a"))!.ToString().ShouldBe(
            "AgentState { Thread = a, Version = 1, Status = Thinking, Agent = Billing, UserId = ann, Messages = 1, Variables = [name], Metadata = [topic], Todos = 1, Tools = [search] }");
    }

    [Fact]
    public async Task Session_ShowsItsPlaceAndItsSectionsKeys()
    {
        await MakeAsync();
        var session = await _test.Store.OpenAsync("a");

        session.ToString().ShouldBe("thread 'a' at version 1, messages: 1, owner: ann");
        session.Variables.ToString().ShouldBe("variables [name]");
        session.Tools["search"].ToString().ShouldBe("tools/search [cursor]");
        session.Variables.Clear();
        session.Variables.ToString().ShouldBe("variables []");
        session.ToString().ShouldEndWith(", not committed");
    }

    [Fact]
    public void Todo_ShowsItself()
        => new TodoItem { Id = "t", Content = "reply", Order = 1.5, Extra = new Dictionary<string, JsonElement> { ["due"] = JsonElement.Parse("\"secret\"") } }.ToString()
            .ShouldBe("TodoItem { Id = t, Content = reply, Status = Pending, Order = 1.5, Extra = [due] }");

    private Task<CommitInfo> MakeAsync() => _test.CommitAsync(
        "a",
        session =>
        {
            session.Say("secret");
            session.Variables.Set("name", "secret");
            session.Metadata.Set("topic", "secret");
            session.Tools["search"].Set("cursor", 7);
            session.Todos.Put(new() { Id = "t", Content = "reply" });
            session.Status = ThreadStatus.Thinking;
        },
        new() { UserId = "ann", Agent = "Billing" });
}
