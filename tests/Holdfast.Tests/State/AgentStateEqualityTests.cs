using System.Text.Json;
using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.State;

public sealed class AgentStateEqualityTests
{
    private readonly TestStore _test = new();

    [Fact]
    public async Task State_LoadedTwice_IsEqual()
    {
        await MakeAsync();
        var (first, second) = ((await _test.Store.LoadAsync("a"))!, (await _test.Store.LoadAsync("a"))!);

        second.ShouldBe(first);
        (second == first).ShouldBeTrue();
        second.GetHashCode().ShouldBe(first.GetHashCode());
        AgentState.FromJson(first.ToJson(indented: true)).ShouldBe(first);
        new AgentState().ShouldBe(new AgentState());
    }

    [Fact]
    public async Task State_ThatDiffersInAnything_IsNotEqual()
    {
        await MakeAsync();
        var state = (await _test.Store.LoadAsync("a"))!;
        var other = new Dictionary<string, JsonElement> { ["x"] = JsonElement.Parse("1") };
        AgentState[] others =
        [
            state with { Thread = "b" },
            state with { Version = 2 },
            state with { Status = ThreadStatus.Failed },
            state with { Agent = "Other" },
            state with { UserId = "bob" },
            state with { Messages = [] },
            state with { Messages = [new(ChatRole.User, "hello!")] },
            state with { Variables = other },
            state.SetVariable("name", "Bob"),
            state.SetVariable("more", "1"),
            state with { Metadata = other },
            state with { Todos = [] },
            state with { Todos = [state.Todos[0] with { Content = "other" }] },
            state with { Todos = [state.Todos[0] with { Extra = other }] },
            state with { Tools = new Dictionary<string, IReadOnlyDictionary<string, JsonElement>> { ["search"] = other } },
            state with { OtherSections = new Dictionary<string, IReadOnlyDictionary<string, JsonElement>> { ["x"] = other } },
        ];

        others.ShouldAllBe(one => one != state);
    }

    [Fact]
    public async Task State_WithKeysInAnotherOrder_IsEqual()
    {
        await MakeAsync();
        var state = (await _test.Store.LoadAsync("a"))!.SetVariable("b", "1").SetVariable("c", "1");

        var turned = state with { Variables = state.Variables.Reverse().ToDictionary() };

        turned.ShouldBe(state);
        turned.GetHashCode().ShouldBe(state.GetHashCode());
    }

    [Fact]
    public void Todo_WithTheSameExtra_IsEqual()
    {
        TodoItem Make() => new() { Content = "x", Extra = new Dictionary<string, JsonElement> { ["due"] = JsonElement.Parse("\"now\"") } };

        Make().ShouldBe(Make());
        Make().GetHashCode().ShouldBe(Make().GetHashCode());
        Make().ShouldNotBe(Make() with { Extra = null });
    }

    private Task<CommitInfo> MakeAsync() => _test.CommitAsync(
        "a",
        session =>
        {
            session.Say("hello");
            session.Variables.Set("name", "Ann");
            session.Metadata.Set("topic", "x");
            session.Tools["search"].Set("cursor", 7);
            session.Todos.Put(new() { Id = "t", Content = "reply" });
        },
        new() { UserId = "ann", Agent = "Billing" });
}
