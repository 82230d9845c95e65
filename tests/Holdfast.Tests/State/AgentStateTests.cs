using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.State;

public sealed partial class AgentStateTests
{
    private readonly TestStore _test = new();

    [Fact]
    public async Task State_OfAThread_IsNotChangedByWhatHappensLater()
    {
        await _test.CommitAsync("a", session =>
        {
            session.Say("1");
            session.Variables.Set("x", 1);
        });
        var state = (await _test.Store.LoadAsync("a"))!;
        var json = state.ToJson();

        state.Messages[0].Contents.Clear();
        await _test.CommitAsync("a", session =>
        {
            session.Say("2");
            session.Variables.Set("x", 2);
        });
        await _test.Store.Thread("a").EraseAsync();

        state.ToJson().ShouldBe(json);
        state.Messages[0].Text.ShouldBe("1");
        state.Messages[0].ShouldNotBeSameAs(state.Messages[0]);
        state.Messages.Texts().ShouldBe(["1"]);
    }

    [Fact]
    public void State_MadeByHand_TakesCopiesOfMessages()
    {
        var message = new ChatMessage(ChatRole.User, "1");
        var state = new AgentState { Messages = [message] };

        message.Contents.Add(new TextContent("2"));

        state.Messages[0].Text.ShouldBe("1");
    }

    [Fact]
    public void State_ByDefault_IsEmpty()
    {
        var state = new AgentState();

        (state.Thread, state.Version, state.Status, state.Agent, state.UserId).ShouldBe((null, null, ThreadStatus.Idle, null, null));
        (state.Messages.Count, state.Variables.Count, state.Metadata.Count, state.Todos.Count, state.Tools.Count, state.OtherSections.Count).ShouldBe((0, 0, 0, 0, 0, 0));
    }

    [Fact]
    public void Changes_MakeCopies()
    {
        var first = new AgentState().SetVariable("x", "1").AddMessage(new(ChatRole.User, "1"));

        var second = first.SetVariable("x", JsonElement.Parse("2")).SetVariable("ø", "ø").AddMessage(new(ChatRole.User, "2"));

        first.Variables["x"].GetString().ShouldBe("1");
        (second.Variables["x"].GetInt32(), second.Variables.Count).ShouldBe((2, 2));
        second.Variables["ø"].GetRawText().ShouldBe("\"ø\"");
        first.Messages.Texts().ShouldBe(["1"]);
        second.Messages.Texts().ShouldBe(["1", "2"]);
        Should.Throw<InvalidIdentifierException>(() => first.SetVariable("", "x"));
        Should.Throw<ArgumentNullException>(() => first.AddMessage(null!));
        Should.Throw<ArgumentNullException>(() => first with { Messages = null! });
    }

    [Fact]
    public void Changes_OfEveryPart_AreRead()
    {
        var state = new AgentState()
            .AddMessage(ChatRole.User, "hello")
            .SetVariable("text", "Ann").SetVariable("yes", true).SetVariable("int", 7).SetVariable("long", long.MaxValue).SetVariable("ratio", 0.5)
            .SetVariable("todo", new("Oslo", 1), PlaceJson.Default.Place)
            .SetMetadata("topic", "x").SetMetadata("n", 1).SetMetadata("on", false).SetMetadata("r", 1.5).SetMetadata("j", JsonElement.Parse("[]"))
            .SetMetadata("place", new("Oslo", 2), PlaceJson.Default.Place)
            .SetToolValue("search", "cursor", 7).SetToolValue("search", "query", "x").SetToolValue("search", "on", true).SetToolValue("search", "r", 0.5)
            .SetToolValue("map", "place", new("Oslo", 3), PlaceJson.Default.Place).SetToolValue("map", "j", JsonElement.Parse("{}"));

        state.Messages.Texts().ShouldBe(["hello"]);
        state.Variables.Keys.ShouldBe(["text", "yes", "int", "long", "ratio", "todo"]);
        (state.Variables.Get("text", ""), state.Variables.Get("yes", false), state.Variables.Get("int", 0), state.Variables.Get("long", 0L), state.Variables.Get("ratio", 0.0))
            .ShouldBe(("Ann", true, 7, long.MaxValue, 0.5));
        state.Variables.Get("todo", PlaceJson.Default.Place).ShouldBe(new Place("Oslo", 1));
        state.Metadata.Get("place", PlaceJson.Default.Place)!.Zip.ShouldBe(2);
        (state.Metadata.Get("topic", ""), state.Metadata.Get("n", 0), state.Metadata.Get("on", true), state.Metadata.Get("r", 0.0)).ShouldBe(("x", 1, false, 1.5));
        (state.Tools["search"].Get("cursor", 0), state.Tools["search"].Get("query", ""), state.Tools["map"].Get("place", PlaceJson.Default.Place)!.Zip).ShouldBe((7, "x", 3));
    }

    [Fact]
    public void Get_WhatIsNotThereOrNull_IsTheDefault()
    {
        var values = new AgentState().SetVariable("nul", JsonElement.Parse("null")).Variables;

        foreach (var key in new[] { "nul", "nothing" })
        {
            (values.Get(key, "x"), values.Get(key, true), values.Get(key, 5), values.Get(key, 5L), values.Get(key, 0.5)).ShouldBe(("x", true, 5, 5L, 0.5));
            values.Get(key, PlaceJson.Default.Place).ShouldBeNull();
            values.Get(key, new("Oslo", 1), PlaceJson.Default.Place)!.Zip.ShouldBe(1);
        }

        Should.Throw<InvalidStateValueException>(() => new AgentState().SetVariable("name", "Ann").Variables.Get("name", 0))
            .Message.ShouldBe("The value of 'name' is a string; it was read as Int32.");
        Should.Throw<ArgumentNullException>(() => values.Get(null!, 1));
    }

    [Fact]
    public void Removals_LeaveTheOrderOfTheOthers()
    {
        var state = new AgentState().SetVariable("a", 1).SetVariable("b", 2).SetVariable("c", 3).SetMetadata("a", 1).SetToolValue("x", "a", 1).SetToolValue("x", "b", 1).SetToolValue("y", "a", 1);

        state.RemoveVariable("b").SetVariable("d", 4).SetVariable("a", 5).Variables.Keys.ShouldBe(["a", "c", "d"]);
        state.RemoveVariable("nothing").ShouldBe(state);
        state.RemoveMetadata("a").Metadata.ShouldBeEmpty();
        state.RemoveMetadata("nothing").ShouldBe(state);
        state.RemoveToolValue("x", "a").Tools["x"].Keys.ShouldBe(["b"]);
        state.RemoveToolValue("y", "a").Tools.Keys.ShouldBe(["x"]);
        state.RemoveTool("x").Tools.Keys.ShouldBe(["y"]);
        state.RemoveTool("nothing").ShouldBe(state);
        (state.Variables.Count, state.Metadata.Count, state.Tools.Count).ShouldBe((3, 1, 2));
    }

    [Fact]
    public void Changes_ThatCannotBeStored_AreRefusedByName()
    {
        var state = new AgentState();

        Should.Throw<InvalidIdentifierException>(() => state.SetVariable("", 1)).Message.ShouldContain("variables");
        Should.Throw<InvalidIdentifierException>(() => state.SetMetadata("a\n", 1)).Message.ShouldContain("metadata");
        Should.Throw<InvalidIdentifierException>(() => state.SetToolValue("", "x", 1)).Message.ShouldContain("name of a tool");
        Should.Throw<InvalidIdentifierException>(() => state.SetToolValue("x", "", 1)).Message.ShouldContain("tools/x");
        Should.Throw<InvalidStateValueException>(() => state.SetVariable("x", double.NaN)).Message.ShouldContain("variables/x");
        Should.Throw<ArgumentException>(() => state.AddTodo("")).ParamName.ShouldBe("content");
        Should.Throw<ArgumentException>(() => state.SetTodoStatus("t", TodoStatus.Completed)).Message.ShouldContain("'t'");
    }

    [Fact]
    public void Todos_AreAddedChangedAndRemoved()
    {
        var state = new AgentState { Todos = [new() { Content = "first" }] }.AddTodo("one").AddTodo("two", TodoStatus.InProgress);
        var (one, two) = (state.Todos[1], state.Todos[2]);

        state.Todos.Select(todo => todo.Content).ShouldBe(["first", "one", "two"]);
        state.Todos.Select(todo => todo.Order).ShouldBeInOrder();
        state.Todos.Select(todo => todo.Id).ShouldBeUnique();
        state.SetTodoStatus(one.Id, TodoStatus.Completed).Todos.Select(todo => todo.Status).ShouldBe([TodoStatus.Pending, TodoStatus.Completed, TodoStatus.InProgress]);
        state.RemoveTodo(one.Id).Todos.Select(todo => todo.Content).ShouldBe(["first", "two"]);
        state.RemoveTodo("nothing").ShouldBe(state);
        two.Status.ShouldBe(TodoStatus.InProgress);
    }

    [Fact]
    public void Json_OfAnyState_RoundTrips()
    {
        var state = new AgentState
        {
            Thread = "a",
            Version = 7,
            Status = ThreadStatus.WaitingForApproval,
            Agent = "Billing",
            UserId = "ann",
            Messages = [new(ChatRole.User, "hi \"é\" 👩‍🚀"), Conversations.Call("c"), Conversations.Result("c")],
            Variables = Values("""{"x":1.50,"y":null,"z":{"a":[]}}"""),
            Metadata = Values("""{"topic":"ø"}"""),
            Todos = [new() { Id = "t", Content = "x", Status = TodoStatus.InProgress, Order = 2.5 }],
            Tools = new Dictionary<string, IReadOnlyDictionary<string, JsonElement>> { ["search"] = Values("""{"cursor":7}""") },
            OtherSections = new Dictionary<string, IReadOnlyDictionary<string, JsonElement>> { ["steps"] = Values("""{"s1":true}""") },
        };

        AgentState.FromJson(state.ToJson()).ToJson().ShouldBe(state.ToJson());
        AgentState.FromJson(state.ToJson(indented: true)).ToJson().ShouldBe(state.ToJson());
        using var json = JsonDocument.Parse(state.ToJson());
        json.RootElement.EnumerateObject().Select(member => member.Name).ShouldBe(
            ["thread", "version", "status", "agent", "user", "messages", "variables", "metadata", "todos", "tools", "sections"]);
        json.RootElement.GetProperty("variables").GetProperty("x").GetRawText().ShouldBe("1.50");
        json.RootElement.GetProperty("todos")[0].GetRawText().ShouldBe("""{"id":"t","content":"x","status":"in_progress","order":2.5}""");
        json.RootElement.GetProperty("status").GetString().ShouldBe("waiting_for_approval");
    }

    [Fact]
    public void Json_OfAnEmptyState_NamesEveryMember()
        => new AgentState().ToJson().ShouldBe("""{"thread":null,"version":null,"status":"idle","agent":null,"user":null,"messages":[],"variables":{},"metadata":{},"todos":[],"tools":{}}""");

    [Fact]
    public void Json_MembersThatAreMissingOrNull_AreEmpty()
    {
        AgentState.FromJson("""{"messages":[]}""").ToJson().ShouldBe(new AgentState().ToJson());
        AgentState.FromJson("""{"thread":null,"version":null,"agent":null,"messages":[],"variables":null,"todos":null,"tools":null,"sections":null,"status":null,"newer":1}""")
            .ToJson().ShouldBe(new AgentState().ToJson());
        AgentState.FromJson("""{"messages":[],"todos":[{"content":"a"},{"content":"b","status":"completed"}]}""").Todos
            .ShouldBe([new TodoItem { Id = "t1", Content = "a", Order = 1 }, new TodoItem { Id = "t2", Content = "b", Status = TodoStatus.Completed, Order = 2 }]);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("hello", "")]
    [InlineData("[1]", "")]
    [InlineData("{\"messages\":[],\"version\":\"x\"}", "")]
    [InlineData("{\"messages\":[],\"status\":\"dreaming\"}", "dreaming")]
    [InlineData("{\"messages\":[],\"status\":7}", "")]
    [InlineData("{\"messages\":{}}", "")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"contents\":[]},7]}", "messages[1]")]
    [InlineData("{\"messages\":[],\"variables\":[]}", "")]
    [InlineData("{\"messages\":[],\"tools\":{\"x\":7}}", "")]
    [InlineData("{\"messages\":[],\"todos\":[{\"content\":\"x\"},{\"status\":\"completed\"}]}", "todos[1]")]
    [InlineData("{\"messages\":[],\"todos\":[{\"content\":null}]}", "todos[0]")]
    [InlineData("{\"messages\":[],\"todos\":[null]}", "todos[0]")]
    [InlineData("{\"messages\":[],\"todos\":[{\"content\":\"x\",\"status\":\"someday\"}]}", "todos[0]")]
    public void Json_ThatIsNoState_IsRefused(string json, string where)
    {
        var error = Should.Throw<InvalidStateValueException>(() => AgentState.FromJson(json));

        error.Code.ShouldBe(ErrorCodes.InvalidValue);
        error.Message.ShouldContain(where);
    }

    private static Dictionary<string, JsonElement> Values(string json)
        => JsonElement.Parse(json).EnumerateObject().ToDictionary(value => value.Name, value => value.Value, StringComparer.Ordinal);

    internal sealed record Place(string City, int Zip);

    [JsonSerializable(typeof(Place))]
    private sealed partial class PlaceJson : JsonSerializerContext;
}
