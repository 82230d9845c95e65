using Holdfast.AgentFramework.Tests.Support;
using Holdfast.AgentFramework.Worker;
using Microsoft.Agents.AI;

namespace Holdfast.AgentFramework.Tests.Sessions;

public sealed class SessionStoreTests
{
    private static readonly AgentSessionStoreKey Key = new("chat-7");

    public static TheoryData<HistoryMode> Modes => [.. Enum.GetValues<HistoryMode>()];

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task ASession_GoesOnInAnotherProcess(HistoryMode mode)
    {
        await using var scene = new Scene();
        await RunAsync(scene.Start(mode), "hello");
        await RunAsync(scene.Start(mode), "weather?");

        (await RunAsync(scene.Start(mode), "thanks")).Text.ShouldBe("ok");

        (await scene.StoredAsync("assistant/chat-7")).ShouldBe("user:hello | assistant:ok | user:weather? | assistant:call 1 | tool:result 1 | assistant:done | user:thanks | assistant:ok");
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task ACrashBetweenRunAndSave_LosesNothingOfTheConversation(HistoryMode mode)
    {
        await using var scene = new Scene();
        var crashing = scene.Start(mode);
        await crashing.RunAsync([Scene.Said("hello")], await Sessions(crashing).GetOrCreateSessionAsync(crashing.Agent, Key));
        var next = scene.Start(mode);

        (await Sessions(next).GetSessionAsync(next.Agent, Key)).ShouldNotBeNull().GetThreadId().ShouldBe("assistant/chat-7");

        await RunAsync(next, "thanks");
        (await scene.StoredAsync("assistant/chat-7")).ShouldBe("user:hello | assistant:ok | user:thanks | assistant:ok");
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public async Task AnApproval_IsGivenInAnotherProcess_WithoutTheSessionThatAsked(HistoryMode mode)
    {
        await using var scene = new Scene();
        var crashing = scene.Start(mode);
        var asked = await crashing.RunAsync([Scene.Said("delete it!")], await Sessions(crashing).GetOrCreateSessionAsync(crashing.Agent, Key));
        var next = scene.Start(mode);

        var session = (await Sessions(next).GetSessionAsync(next.Agent, Key))!;
        (await next.RunAsync([Scene.Approve(asked)], session)).Text.ShouldBe("done");

        scene.Runs.ShouldBe(["delete Paris"]);
    }

    [Fact]
    public async Task TwoRuns_OfDifferentKeys_AreBothKept()
    {
        await using var scene = new Scene();
        var (one, other) = await TwoAsync(scene);
        one.Session.StateBag.SetValue("colour", "red");
        other.Session.StateBag.SetValue("size", "large");

        await one.SaveAsync();
        await other.SaveAsync();

        var read = (await Sessions(one.Host).GetSessionAsync(one.Host.Agent, Key))!;
        (read.StateBag.GetValue<string>("colour"), read.StateBag.GetValue<string>("size")).ShouldBe(("red", "large"));
    }

    [Fact]
    public async Task TwoRuns_OfTheSameKey_AreTold()
    {
        await using var scene = new Scene();
        var (one, other) = await TwoAsync(scene);
        one.Session.StateBag.SetValue("colour", "red");
        other.Session.StateBag.SetValue("colour", "blue");
        await one.SaveAsync();

        var conflict = await Should.ThrowAsync<CommitConflictException>(() => other.SaveAsync());

        conflict.Message.ShouldContain("bag/colour");
        (await Sessions(one.Host).GetSessionAsync(one.Host.Agent, Key))!.StateBag.GetValue<string>("colour").ShouldBe("red");
    }

    [Fact]
    public async Task ASessionFromElsewhere_DoesNotReplaceTheOneThatIsThere()
    {
        await using var scene = new Scene();
        var host = scene.Start(HistoryMode.EndOfRun);
        await RunAsync(host, "hello");

        await Should.ThrowAsync<CommitConflictException>(async () => await Sessions(host).SaveSessionAsync(host.Agent, Key, await host.Agent.CreateSessionAsync()));
    }

    [Fact]
    public async Task Keys_OfDifferentParts_AreDifferentSessions()
    {
        await using var scene = new Scene();
        var host = scene.Start(HistoryMode.EndOfRun);
        AgentSessionStoreKey[] keys = [new("a/b"), new AgentSessionStoreKey("a").WithPartition("b", "c"), new AgentSessionStoreKey("a").WithPartition("b/c", "d"), new AgentSessionStoreKey("a").WithPartition("b", "c/d"), new("a")];
        var store = Sessions(host);
        foreach (var key in keys)
        {
            var session = await store.GetOrCreateSessionAsync(host.Agent, key);
            session.StateBag.SetValue("id", key.SessionId + string.Concat(key.Partitions?.SelectMany(pair => new[] { "|", pair.Key, "|", pair.Value }) ?? []));
            await store.SaveSessionAsync(host.Agent, key, session);
        }

        (await host.Store.ListAsync().CountAsync()).ShouldBe(keys.Length);
    }

    [Fact]
    public async Task WhatStays_IsNotWrittenAgain()
    {
        await using var scene = new Scene();
        var host = scene.Start(HistoryMode.EndOfRun);
        var store = Sessions(host);
        var session = await store.GetOrCreateSessionAsync(host.Agent, Key);
        session.StateBag.SetValue("big", new string('x', 10_000));
        await store.SaveSessionAsync(host.Agent, Key, session);
        session.StateBag.SetValue("count", "1");
        await store.SaveSessionAsync(host.Agent, Key, session);
        await store.SaveSessionAsync(host.Agent, Key, session);

        var commits = await host.Store.Thread("assistant/chat-7").LogAsync().ToListAsync();
        commits.Count.ShouldBe(2);
        commits[0].Set.ShouldBe(["agent-framework/assistant/bag/count"]);
    }

    [Fact]
    public async Task ADeletedSession_IsGone()
    {
        await using var scene = new Scene();
        var host = scene.Start(HistoryMode.Pipeline);
        await RunAsync(host, "hello");

        await Sessions(host).DeleteSessionAsync(host.Agent, Key);
        await Sessions(host).DeleteSessionAsync(host.Agent, Key);

        (await Sessions(host).GetSessionAsync(host.Agent, Key)).ShouldBeNull();
        (await RunAsync(host, "hello")).Text.ShouldBe("ok");
    }

    [Fact]
    public async Task AnAgentWithoutAName_IsAnError()
    {
        await using var scene = new Scene();
        var host = scene.Start(HistoryMode.Pipeline, options => options.Name = null);

        (await Should.ThrowAsync<InvalidOperationException>(() => Sessions(host).GetSessionAsync(host.Agent, Key).AsTask())).Message.ShouldContain("name");
    }

    private static HoldfastAgentSessionStore Sessions(AgentHost host) => new(host.Store);

    private static async Task<AgentResponse> RunAsync(AgentHost host, string text)
    {
        var store = Sessions(host);
        var session = await store.GetOrCreateSessionAsync(host.Agent, Key);
        var response = await host.RunAsync([Scene.Said(text)], session);
        await store.SaveSessionAsync(host.Agent, Key, session);
        return response;
    }

    private static async Task<(Loaded One, Loaded Other)> TwoAsync(Scene scene)
    {
        await RunAsync(scene.Start(HistoryMode.EndOfRun), "hello");
        return (await LoadAsync(), await LoadAsync());

        async Task<Loaded> LoadAsync()
        {
            var host = scene.Start(HistoryMode.EndOfRun);
            var store = Sessions(host);
            var session = (await store.GetSessionAsync(host.Agent, Key))!;
            return new(host, session, () => store.SaveSessionAsync(host.Agent, Key, session).AsTask());
        }
    }

    private sealed record Loaded(AgentHost Host, AgentSession Session, Func<Task> SaveAsync);
}
