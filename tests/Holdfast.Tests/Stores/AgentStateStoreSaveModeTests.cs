using Holdfast.Testing;
using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Stores;

public sealed class AgentStateStoreSaveModeTests
{
    private readonly TestStore _test = new();

    [Fact]
    public async Task Save_TheStateThatSavingReturned_Works()
    {
        await _test.CommitAsync("a", session => session.Say("1"));
        var state = (await _test.Store.LoadAsync("a"))!;

        for (var version = 2; version <= 4; version++)
        {
            var (saved, commit) = await _test.Store.SaveAsync("a", state.AddMessage(ChatRole.User, $"{version}").SetVariable("n", version));
            (commit.Version, saved.Version, saved.Thread).ShouldBe((version, version, "a"));
            state = saved;
        }

        state.ShouldBe(await _test.Store.LoadAsync("a"));
        (await _test.TextsAsync("a")).ShouldBe(["1", "2", "3", "4"]);
    }

    [Theory, InlineData(SaveMode.IfUnchanged), InlineData(SaveMode.New), InlineData(SaveMode.Replace)]
    public async Task Save_AStateMadeByHand_ReturnsWhatIsStored(SaveMode mode)
    {
        var state = new AgentState { UserId = "ann", Todos = [new() { Content = "a" }], Status = ThreadStatus.Thinking }.SetToolValue("search", "cursor", 7);

        var saved = await _test.Store.SaveAsync("a", state, mode);

        saved.State.ShouldBe(await _test.Store.LoadAsync("a"));
        (saved.State.Version, saved.Commit.Version, saved.State.UserId).ShouldBe((1, 1, "ann"));
        (await _test.Store.SaveAsync("a", saved.State.SetVariable("x", 1), SaveMode.IfUnchanged)).Commit.Version.ShouldBe(2);
    }

    [Fact]
    public async Task Save_UnderARetention_ReturnsWhatItLeaves()
    {
        var test = new TestStore(options => options.Visibility = new() { MaxMessages = 2, MaxVariables = 1 });
        var state = new AgentState().AddMessage(ChatRole.User, "1").AddMessage(ChatRole.User, "2").AddMessage(ChatRole.User, "3").SetVariable("a", 1).SetVariable("b", 2);

        var saved = await test.Store.SaveAsync("a", state);

        saved.State.Messages.Texts().ShouldBe(["2", "3"]);
        saved.State.Variables.Keys.ShouldBe(["b"]);
        saved.State.ShouldBe(await test.Store.LoadAsync("a"));
    }

    [Fact]
    public async Task Save_AStateThatTravelledToAnotherStore_SaysHowToStoreItAsNew()
    {
        await _test.CommitAsync("x", session => session.Say("1"));
        var travelled = AgentState.FromJson((await _test.Store.LoadAsync("x"))!.ToJson());
        var other = new TestStore();

        foreach (var save in new Func<Task>[] { async () => await other.Store.SaveAsync("x", travelled), async () => await other.Store.SaveAsync("x", travelled, SaveMode.IfUnchanged) })
        {
            var error = await Should.ThrowAsync<CommitConflictException>(save);
            (error.ExpectedVersion, error.ActualVersion).ShouldBe((1, 0));
            error.Message.ShouldBe("There is no thread 'x' here, and the state was loaded at version 1. Nothing was written. To store it as new, use SaveMode.New.");
        }

        (await other.Store.SaveAsync("x", travelled, SaveMode.New)).State.Version.ShouldBe(1);
        (await other.TextsAsync("x")).ShouldBe(["1"]);
    }

    [Fact]
    public async Task Save_IfUnchanged_OverAChange_SaysWhatToDo()
    {
        await _test.CommitAsync("a", session => session.Say("1"));
        var state = (await _test.Store.LoadAsync("a"))!.SetVariable("x", "mine");
        await _test.CommitAsync("a", session => session.Say("theirs"));

        (await Should.ThrowAsync<CommitConflictException>(async () => await _test.Store.SaveAsync("a", state, SaveMode.IfUnchanged))).Message.ShouldBe(
            "Thread 'a' is at version 2, and the state was loaded at version 1. Nothing was written. " +
            "Load it again and repeat the change; or use SaveMode.Replace to overwrite it: its versions until now stay readable.");

        (await _test.Store.SaveAsync("a", state, SaveMode.Replace)).Commit.Version.ShouldBe(3);
        (await _test.TextsAsync("a")).ShouldBe(["1"]);
        (await _test.Store.LoadAsync("a", 2))!.Messages.Texts().ShouldBe(["1", "theirs"]);
    }

    [Fact]
    public async Task Save_IfUnchanged_OverAChangeThatComesWhileItIsSaved_SaysTheSame()
    {
        await _test.CommitAsync("a", session => session.Say("1"));
        var state = (await _test.Store.LoadAsync("a"))!.SetVariable("x", "mine");
        _test.Faults.Next(LogCall.Append).RunsBefore(async () => await _test.Another().UpdateAsync("a", session => session.Say("theirs")));

        (await Should.ThrowAsync<CommitConflictException>(async () => await _test.Store.SaveAsync("a", state))).Message.ShouldContain("SaveMode.Replace");
    }

    [Theory, InlineData(SaveMode.New), InlineData(SaveMode.IfUnchanged)]
    public async Task Save_WhatIsNewOverAThread_IsRefused(SaveMode mode)
    {
        await _test.CommitAsync("a", session => session.Say("1"));

        var error = await Should.ThrowAsync<CommitConflictException>(async () => await _test.Store.SaveAsync("a", new AgentState().SetVariable("x", 1), mode));

        (error.ExpectedVersion, error.ActualVersion).ShouldBe((0, 1));
        error.Message.ShouldBe("Thread 'a' exists already, at version 1. Nothing was written. To overwrite it, use SaveMode.Replace: its versions until now stay readable.");
        (await _test.EntriesAsync("a")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Save_New_WhileAnotherMakesTheThread_IsRefused()
    {
        _test.Faults.Next(LogCall.Append).RunsBefore(async () => await _test.Another().UpdateAsync("a", session => session.Say("theirs")));

        (await Should.ThrowAsync<CommitConflictException>(async () => await _test.Store.SaveAsync("a", new AgentState().SetVariable("x", 1), SaveMode.New)))
            .Message.ShouldContain("exists already");

        (await _test.TextsAsync("a")).ShouldBe(["theirs"]);
    }

    [Fact]
    public async Task Save_New_WhenTheAnswerIsLost_IsWrittenOnce()
    {
        _test.Faults.Next(LogCall.Append).FailsAfter();

        (await _test.Store.SaveAsync("a", new AgentState().SetVariable("x", 1), SaveMode.New)).Commit.Version.ShouldBe(1);

        (await _test.EntriesAsync("a")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Save_IfUnchanged_AsAnotherThread_IsAMistake()
    {
        await _test.CommitAsync("a", session => session.Say("1"));
        var state = (await _test.Store.LoadAsync("a"))!;

        var error = await Should.ThrowAsync<ArgumentException>(async () => await _test.Store.SaveAsync("b", state, SaveMode.IfUnchanged));

        error.Message.ShouldContain("'a'");
        await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await _test.Store.SaveAsync("a", state, (SaveMode)7));
    }

    [Fact]
    public async Task Save_TodosWithoutIds_GivesThemIdsAndTheirPlaces()
    {
        var state = new AgentState
        {
            Todos = [new() { Content = "a" }, new() { Content = "b" }, new() { Id = "t", Content = "c", Order = 5 }, new() { Content = "d" }, new() { Id = "u", Content = "e", Order = 6 }, new() { Content = "f" }],
        };

        var saved = (await _test.Store.SaveAsync("a", state)).State;

        (await _test.Store.LoadAsync("a"))!.Todos.Select(todo => todo.Content).ShouldBe(["a", "b", "c", "d", "e", "f"]);
        saved.Todos.Select(todo => todo.Id).ShouldBeUnique();
        saved.Todos.ShouldAllBe(todo => todo.Id.Length > 0);
        (saved.Todos[2].Id, saved.Todos[2].Order).ShouldBe(("t", 5));
        (await _test.Store.SaveAsync("a", saved)).Commit.IsEmpty.ShouldBeTrue();
    }
}
