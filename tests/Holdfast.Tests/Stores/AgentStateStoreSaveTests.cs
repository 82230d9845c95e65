using System.Text.Json;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Stores;

public sealed class AgentStateStoreSaveTests
{
    private readonly TestStore _test = new();

    [Fact]
    public async Task Save_AStateMadeByHand_MakesTheThread()
    {
        var state = new AgentState
        {
            UserId = "ann",
            Agent = "Billing",
            Status = ThreadStatus.WaitingForInput,
            Todos = [new() { Id = "t", Content = "reply" }],
            Metadata = new Dictionary<string, JsonElement> { ["topic"] = JsonElement.Parse("\"x\"") },
            Tools = new Dictionary<string, IReadOnlyDictionary<string, JsonElement>> { ["search"] = new Dictionary<string, JsonElement> { ["cursor"] = JsonElement.Parse("7") } },
        }.SetVariable("name", "Ann").AddMessage(new(Microsoft.Extensions.AI.ChatRole.User, "hello"));

        var commit = (await _test.Store.SaveAsync("a", state)).Commit;

        commit.Version.ShouldBe(1);
        var loaded = (await _test.Store.LoadAsync("a"))!;
        (loaded with { Thread = null, Version = null, Position = null }).ToJson().ShouldBe(state.ToJson());
    }

    [Fact]
    public async Task Save_WhatWasLoaded_WritesNothing()
    {
        await MakeAsync();
        var loaded = (await _test.Store.LoadAsync("a"))!;
        _test.Log.Reset();

        (await _test.Store.SaveAsync("a", loaded)).Commit.IsEmpty.ShouldBeTrue();
        (await _test.Store.SaveAsync("a", AgentState.FromJson(loaded.ToJson()))).Commit.IsEmpty.ShouldBeTrue();
        (await _test.Store.SaveAsync("a", AgentState.FromJson(loaded.ToJson(indented: true)))).Commit.IsEmpty.ShouldBeTrue();
        (await _test.Store.SaveAsync("a", loaded with { Version = null, Thread = null })).Commit.IsEmpty.ShouldBeTrue();

        _test.Log.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Save_OneChangedVariable_AppendsNothingElse()
    {
        await MakeAsync();
        var state = (await _test.Store.LoadAsync("a"))!.SetVariable("name", "Bob");

        var commit = (await _test.Store.SaveAsync("a", state)).Commit;

        commit.Set.ShouldBe(["variables/name"]);
        commit.Removed.ShouldBeEmpty();
        commit.MessageCount.ShouldBe(0);
        (await _test.BodiesAsync("a"))[^1].ShouldBe(
            """{"v":1,"at":"2026-11-21T08:00:00.000Z","by":"Billing","set":{"variables":{"name":"Bob"}}}""");
    }

    [Fact]
    public async Task Save_SectionsThatAreLeftOut_AreRemoved()
    {
        await MakeAsync();
        var state = (await _test.Store.LoadAsync("a"))!;

        var commit = (await _test.Store.SaveAsync("a", new AgentState { Thread = "a", Version = state.Version, UserId = "ann", Messages = state.Messages })).Commit;

        commit.Removed.ShouldBe(["variables/name", "metadata/topic", "tools/search/cursor", "todos/t"], ignoreOrder: true);
        commit.Status.ShouldBe(ThreadStatus.Idle);
        var saved = (await _test.Store.LoadAsync("a"))!;
        (saved.Agent, saved.Variables.Count, saved.Messages.Count).ShouldBe((null, 0, 1));
    }

    [Fact]
    public async Task Save_OverAVersionThatCameLater_IsAConflict()
    {
        await MakeAsync();
        var state = (await _test.Store.LoadAsync("a"))!;
        await _test.CommitAsync("a", session => session.Say("theirs"));

        var error = await Should.ThrowAsync<CommitConflictException>(async () => await _test.Store.SaveAsync("a", state.SetVariable("x", "mine")));

        (error.ExpectedVersion, error.ActualVersion).ShouldBe((1, 2));
        (await _test.Store.LoadAsync("a"))!.Variables.ContainsKey("x").ShouldBeFalse();
    }

    [Fact]
    public async Task Save_OverAVersionThatComesWhileItIsSaved_IsAConflict()
    {
        await MakeAsync();
        var state = (await _test.Store.LoadAsync("a"))!;
        _test.Faults.Next(LogCall.Append).RunsBefore(async () => await _test.Another().UpdateAsync("a", session => session.Say("theirs")));

        await Should.ThrowAsync<CommitConflictException>(async () => await _test.Store.SaveAsync("a", state.SetVariable("x", "mine")));

        (await _test.TextsAsync("a")).ShouldBe(["hello", "theirs"]);
    }

    [Fact]
    public async Task Save_AStateOfAnEarlierVersion_IsAConflict()
    {
        await MakeAsync();
        await _test.CommitAsync("a", session => session.Say("2"));

        var earlier = (await _test.Store.LoadAsync("a", 1))!;

        await Should.ThrowAsync<CommitConflictException>(async () => await _test.Store.SaveAsync("a", earlier));
    }

    [Fact]
    public async Task Save_OfAThreadThatWasErased_IsAConflict()
    {
        await MakeAsync();
        var state = (await _test.Store.LoadAsync("a"))!;
        await _test.Store.Thread("a").EraseAsync();

        (await Should.ThrowAsync<CommitConflictException>(async () => await _test.Store.SaveAsync("a", state))).ActualVersion.ShouldBe(0);
        (await _test.Store.SaveAsync("a", state with { Version = null })).Commit.Version.ShouldBe(1);
    }

    [Fact]
    public async Task Save_AStateMadeByHand_ReplacesWhatIsThereEvenWhileOthersWrite()
    {
        await MakeAsync();
        _test.Faults.Next(LogCall.Append).RunsBefore(async () => await _test.Another().UpdateAsync("a", session => session.Say("theirs")));

        await _test.Store.SaveAsync("a", new AgentState().SetVariable("x", "mine"));

        var saved = (await _test.Store.LoadAsync("a"))!;
        (saved.Version, saved.Messages.Count, saved.Variables.Keys.Single()).ShouldBe((3, 0, "x"));
        (await _test.Store.LoadAsync("a", 2))!.Messages.Texts().ShouldBe(["hello", "theirs"]);
    }

    [Fact]
    public async Task Save_AsAnotherThread_CopiesIt()
    {
        await MakeAsync();
        var state = (await _test.Store.LoadAsync("a"))!;

        await _test.Store.SaveAsync("b", state);

        ((await _test.Store.LoadAsync("b"))! with { Thread = "a", Position = null }).ToJson().ShouldBe(state.ToJson());
    }

    [Fact]
    public async Task Save_InAnotherTenant_NeverTouchesAThreadOfThatIdThere()
    {
        await MakeAsync();
        var state = (await _test.Store.LoadAsync("a"))!;
        var other = _test.Store.ForTenant("other");

        (await Should.ThrowAsync<CommitConflictException>(async () => await other.SaveAsync("a", state))).ActualVersion.ShouldBe(0);

        (await other.Thread("a").GetInfoAsync()).ShouldBeNull();
        (await other.SaveAsync("a", state with { Version = null })).Commit.Version.ShouldBe(1);
        (await _test.Store.Thread("a").GetInfoAsync())!.Version.ShouldBe(1);
    }

    [Fact]
    public async Task Save_OverAThreadOfAnotherUser_IsRefused()
    {
        await MakeAsync();

        await Should.ThrowAsync<ThreadAccessDeniedException>(async () => await _test.Store.SaveAsync("a", new() { UserId = "bob" }));
        await Should.ThrowAsync<ThreadAccessDeniedException>(async () => await _test.Store.SaveAsync("a", (await _test.Store.LoadAsync("a"))! with { UserId = "bob" }));
        (await _test.Store.SaveAsync("a", new())).Commit.IsEmpty.ShouldBeFalse();
        (await _test.Store.Thread("a").GetInfoAsync())!.UserId.ShouldBe("ann");
    }

    [Fact]
    public async Task Save_OverADeletedThread_IsRefused()
    {
        await MakeAsync();
        await _test.Store.Thread("a").DeleteAsync();

        (await Should.ThrowAsync<ThreadNotFoundException>(async () => await _test.Store.SaveAsync("a", new()))).IsDeleted.ShouldBeTrue();
    }

    [Fact]
    public async Task Save_WhenTheAnswerIsLost_IsNotWrittenTwice()
    {
        await MakeAsync();
        var state = (await _test.Store.LoadAsync("a"))!;
        _test.Faults.Next(LogCall.Append).FailsAfter();

        (await _test.Store.SaveAsync("a", state.SetVariable("x", "1"))).Commit.Version.ShouldBe(2);

        (await _test.EntriesAsync("a")).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Save_AStatusThatIsSeveralStepsAway_IsTaken()
    {
        await _test.CommitAsync("a", session => session.Status = ThreadStatus.Completed);

        await _test.Store.SaveAsync("a", (await _test.Store.LoadAsync("a"))! with { Status = ThreadStatus.WaitingForInput });

        (await _test.Store.Thread("a").GetInfoAsync())!.Status.ShouldBe(ThreadStatus.WaitingForInput);
    }

    [Fact]
    public async Task Save_WhatIsThereTwice_IsRefusedByName()
    {
        var todos = new AgentState { Todos = [new() { Id = "t", Content = "1" }, new() { Id = "t", Content = "2" }] };
        var sections = AgentState.FromJson("""{"messages":[],"variables":{"x":1},"sections":{"variables":{"y":2}}}""");

        (await Should.ThrowAsync<InvalidStateValueException>(async () => await _test.Store.SaveAsync("a", todos))).Message.ShouldContain("todos/t");
        (await Should.ThrowAsync<InvalidStateValueException>(async () => await _test.Store.SaveAsync("a", sections))).Message.ShouldContain("'variables'");
        _test.Log.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Save_KeysThatCannotBeUsed_AreRefused()
    {
        var state = AgentState.FromJson("""{"messages":[],"variables":{"":1}}""");

        await Should.ThrowAsync<InvalidIdentifierException>(async () => await _test.Store.SaveAsync("a", state));
    }

    private Task<CommitInfo> MakeAsync() => _test.CommitAsync(
        "a",
        session =>
        {
            session.Say("hello");
            session.Variables.Set("name", "Ann");
            session.Metadata.Set("topic", JsonElement.Parse("\"gr\\u00fc\\u00dfe\""));
            session.Tools["search"].Set("cursor", 7);
            session.Todos.Put(new() { Id = "t", Content = "reply" });
            session.Status = ThreadStatus.Thinking;
        },
        new() { UserId = "ann", Agent = "Billing" });
}
