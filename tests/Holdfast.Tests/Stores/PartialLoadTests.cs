using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Stores;

public sealed class PartialLoadTests
{
    private readonly TestStore _test = new();

    [Fact]
    public async Task Load_TheLastMessages_ReadsNoMoreThanItNeeds()
    {
        var session = await _test.Store.OpenAsync("a");
        for (var i = 0; i < 1_000; i++)
        {
            session.Say($"message {i} {new string('x', 200)}");
            await session.CommitAsync();
        }

        _test.Log.Reset();
        var state = (await _test.Another().LoadAsync("a", new() { LastMessages = 3 }))!;

        state.Messages.Select(message => message.Text.Split(' ')[1]).ShouldBe(["997", "998", "999"]);
        state.IsPartial.ShouldBeTrue();
        _test.Log.BytesRead.ShouldBeLessThan(100_000);
        (await _test.Store.LoadAsync("a", new() { LastMessages = 0 }))!.Messages.ShouldBeEmpty();
    }

    [Fact]
    public async Task Load_TheLastMessagesOfAToolCall_KeepsTheCallWithItsResult()
    {
        await _test.CommitAsync("a", session =>
        {
            session.Say("weather?");
            session.History.Add(new(ChatRole.Assistant, [new FunctionCallContent("c1", "weather")]));
            session.History.Add(new(ChatRole.Tool, [new FunctionResultContent("c1", "sunny")]));
        });

        (await _test.Store.LoadAsync("a", new() { LastMessages = 1 }))!.Messages.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Load_SomeSections_HasOnlyThose()
    {
        await _test.CommitAsync("a", session =>
        {
            session.Variables.Set("x", 1);
            session.Metadata.Set("team", "red");
            session.Tools["search"].Set("hits", 2);
            session.Section("mine").Set("n", 3);
            session.Todos.Add("do it");
        });

        var state = (await _test.Store.LoadAsync("a", new() { Point = 1, Sections = ["variables", "mine"] }))!;

        state.Variables.Keys.ShouldBe(["x"]);
        state.OtherSections.Keys.ShouldBe(["mine"]);
        (state.Metadata.Count, state.Tools.Count, state.Todos.Count).ShouldBe((0, 0, 0));
    }

    [Fact]
    public async Task Save_OfAPartialState_IsRefused()
    {
        await _test.CommitAsync("a", session => session.Say("hello"));
        var state = (await _test.Store.LoadAsync("a", new() { Sections = [] }))!;

        await Should.ThrowAsync<ArgumentException>(async () => await _test.Store.SaveAsync("a", state));

        (await _test.TextsAsync("a")).ShouldBe(["hello"]);
    }

    [Fact]
    public async Task Load_WithWhatCannotBe_IsAWrongArgument()
    {
        await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await _test.Store.LoadAsync("a", new() { LastMessages = -1 }));
    }

    [Fact]
    public async Task Load_AnEarlierVersionOfAThreadWhoseEndIsDamaged_GivesIt()
    {
        for (var i = 1; i <= 5; i++)
        {
            await _test.CommitAsync("a", session => session.Variables.Set("n", i));
        }

        _test.Log.ShowEntry = entry => entry.Version == 4 ? entry with { Body = "{}"u8.ToArray() } : entry;

        await Should.ThrowAsync<CorruptStateException>(async () => await _test.Store.LoadAsync("a"));
        (await _test.Store.LoadAsync("a", 3))!.Variables["n"].GetInt32().ShouldBe(3);
        (await Should.ThrowAsync<CorruptStateException>(async () => await _test.Store.LoadAsync("a", 4))).Version.ShouldBe(4);
    }

    [Fact]
    public async Task Load_AnEarlierVersion_IsRepeatedWhenTheBackendFailsOnce()
    {
        await _test.CommitAsync("a", session => session.Say("1"));
        await _test.CommitAsync("a", session => session.Say("2"));
        var remote = new AgentStateStore(new RemoteLog(_test.Faults));
        _test.Faults.Next(Testing.LogCall.Read).FailsBefore();

        (await remote.LoadAsync("a", 1))!.Messages.Single().Text.ShouldBe("1");
    }

    private sealed class RemoteLog(Holdfast.Logs.ICommitLog log) : Holdfast.Testing.Tests.DelegatingLog(log)
    {
        public override Holdfast.Logs.LogCapabilities Capabilities => base.Capabilities | Holdfast.Logs.LogCapabilities.Remote;
    }
}
