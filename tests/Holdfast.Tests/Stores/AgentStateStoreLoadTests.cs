using Holdfast.Tests.Support;

namespace Holdfast.Tests.Stores;

public sealed class AgentStateStoreLoadTests
{
    private readonly TestStore _test = new();

    [Fact]
    public async Task Load_AThread_HasEverything()
    {
        await _test.CommitAsync(
            "a",
            session =>
            {
                session.Say("hello");
                session.Variables.Set("name", "Ann");
                session.Metadata.Set("topic", "greeting");
                session.Tools["search"].Set("cursor", 7);
                session.Todos.Put(new() { Id = "t", Content = "reply" });
                session.Status = ThreadStatus.Thinking;
            },
            new() { UserId = "ann", Agent = "Billing" });

        var state = (await _test.Store.LoadAsync("a"))!;

        (state.Thread, state.Version, state.Status, state.Agent, state.UserId).ShouldBe(("a", 1, ThreadStatus.Thinking, "Billing", "ann"));
        state.Messages.Texts().ShouldBe(["hello"]);
        state.Variables["name"].GetString().ShouldBe("Ann");
        state.Metadata["topic"].GetString().ShouldBe("greeting");
        state.Tools["search"]["cursor"].GetInt32().ShouldBe(7);
        state.Todos.Single().ShouldBe(new TodoItem { Id = "t", Content = "reply" });
        state.OtherSections.ShouldBeEmpty();
    }

    [Fact]
    public async Task Load_WhatIsNotThere_IsNull()
    {
        await _test.CommitAsync("a", session => session.Say("1"));

        (await _test.Store.LoadAsync("b")).ShouldBeNull();
        (await _test.Store.LoadAsync("b", 1)).ShouldBeNull();
    }

    [Fact]
    public async Task Load_AVersionThatCannotBe_IsAWrongArgument()
        => await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await _test.Store.LoadAsync("a", -1));

    [Fact]
    public async Task Load_AtAnyVersion_IsTheStateAsItWas()
    {
        var expected = new List<string>();
        var session = await _test.Store.OpenAsync("a", new() { UserId = "ann" });
        var random = new Random(7);
        for (var version = 1; version <= 120; version++)
        {
            Change(session, version, random);
            await session.CommitAsync();
            expected.Add((await _test.Store.LoadAsync("a"))!.ToJson());
        }

        (await _test.EntriesAsync("a")).Count(entry => entry.IsKeyframe).ShouldBeGreaterThan(2);
        for (var version = 1; version <= 120; version++)
        {
            (await _test.Store.LoadAsync("a", version))!.ToJson().ShouldBe(expected[version - 1]);
        }
    }

    [Fact]
    public async Task Load_VersionsBeforeATrim_StillHaveEveryMessage()
    {
        await _test.CommitAsync("a", session => session.Say("1", "2", "3"));
        await _test.CommitAsync("a", session => session.History.KeepLast(1));
        await _test.CommitAsync("a", session => session.History.Clear());
        await _test.CommitAsync("a", session => session.Say("4"));

        (await _test.Store.LoadAsync("a", 1))!.Messages.Texts().ShouldBe(["1", "2", "3"]);
        (await _test.Store.LoadAsync("a", 2))!.Messages.Texts().ShouldBe(["3"]);
        (await _test.Store.LoadAsync("a", 3))!.Messages.ShouldBeEmpty();
        (await _test.Store.LoadAsync("a", 4))!.Messages.Texts().ShouldBe(["4"]);
    }

    [Fact]
    public async Task Load_OfAThreadThatWasDeletedOnce_ShowsItAsRestored()
    {
        await _test.CommitAsync("a", session => session.Say("1"));
        await _test.Store.Thread("a").DeleteAsync();
        (await _test.Store.LoadAsync("a", 1)).ShouldBeNull();

        await _test.Store.Thread("a").RestoreDeletedAsync();

        (await _test.Store.LoadAsync("a", 1))!.Messages.Texts().ShouldBe(["1"]);
        (await _test.Store.LoadAsync("a"))!.Version.ShouldBe(3);
    }

    [Fact]
    public async Task Log_OfAThread_HasEveryCommitNewestFirst()
    {
        for (var i = 1; i <= 3; i++)
        {
            await _test.CommitAsync("a", session => session.Variables.Set("x", i));
        }

        await _test.Store.UpdateAsync("a", session => session.Variables.Remove("x"));
        await _test.Store.Thread("a").DeleteAsync();
        await _test.Store.Thread("a").RestoreDeletedAsync();

        var log = await _test.Store.Thread("a").LogAsync().ToListAsync();

        log.Select(commit => commit.Version).ShouldBe([6, 5, 4, 3, 2, 1]);
        log[0].Deleted.ShouldBe(false);
        (log[1].Deleted, log[1].Reason).ShouldBe((true, "deleted"));
        log[2].Removed.ShouldBe(["variables/x"]);
        log[3].Set.ShouldBe(["variables/x"]);
        log.Select(commit => commit.CommitId).ShouldBeUnique();
    }

    [Fact]
    public async Task Log_OfWhatIsNotThere_IsEmpty()
    {
        await _test.CommitAsync("deleted", session => session.Say("1"));
        await _test.Store.Thread("deleted").DeleteAsync();

        (await _test.Store.Thread("nothing").LogAsync().ToListAsync()).ShouldBeEmpty();
        (await _test.Store.Thread("deleted").LogAsync().ToListAsync()).ShouldBeEmpty();
    }

    private static void Change(ThreadSession session, int version, Random random)
    {
        session.Say(Enumerable.Range(0, random.Next(3)).Select(i => $"{version}.{i}"));
        session.Variables.Set("v" + random.Next(10), new string('x', random.Next(2000)));
        session.Variables.Remove("v" + random.Next(10));
        session.Metadata.Set("version", version);
        session.Tools["tool" + random.Next(3)].Set("x", version);
        session.Status = random.Next(2) == 0 ? ThreadStatus.Thinking : ThreadStatus.UsingTool;
        session.Agent = random.Next(4) == 0 ? null : "agent" + random.Next(3);
        if (random.Next(5) == 0)
        {
            session.History.KeepLast(random.Next(1, 20));
        }

        if (random.Next(20) == 0)
        {
            session.History.Clear();
        }
    }
}
