using System.Text.Json;
using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.State;

public sealed class AgentStateTests
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
        await _test.Store.EraseAsync("a");

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
        AgentState.FromJson("{}").ToJson().ShouldBe(new AgentState().ToJson());
        AgentState.FromJson("""{"thread":null,"version":null,"agent":null,"messages":null,"variables":null,"todos":null,"tools":null,"sections":null,"status":null,"newer":1}""")
            .ToJson().ShouldBe(new AgentState().ToJson());
        AgentState.FromJson("""{"todos":[{"content":"a"},{"content":"b","status":"completed"}]}""").Todos
            .ShouldBe([new TodoItem { Id = "t1", Content = "a", Order = 1 }, new TodoItem { Id = "t2", Content = "b", Status = TodoStatus.Completed, Order = 2 }]);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("hello", "")]
    [InlineData("[1]", "")]
    [InlineData("{\"version\":\"x\"}", "")]
    [InlineData("{\"status\":\"dreaming\"}", "dreaming")]
    [InlineData("{\"status\":7}", "")]
    [InlineData("{\"messages\":{}}", "")]
    [InlineData("{\"messages\":[{\"role\":\"user\",\"contents\":[]},7]}", "messages[1]")]
    [InlineData("{\"variables\":[]}", "")]
    [InlineData("{\"tools\":{\"x\":7}}", "")]
    [InlineData("{\"todos\":[{\"content\":\"x\"},{\"status\":\"completed\"}]}", "todos[1]")]
    [InlineData("{\"todos\":[{\"content\":null}]}", "todos[0]")]
    [InlineData("{\"todos\":[null]}", "todos[0]")]
    [InlineData("{\"todos\":[{\"content\":\"x\",\"status\":\"someday\"}]}", "todos[0]")]
    public void Json_ThatIsNoState_IsRefused(string json, string where)
    {
        var error = Should.Throw<InvalidStateValueException>(() => AgentState.FromJson(json));

        error.Code.ShouldBe(ErrorCodes.InvalidValue);
        error.Message.ShouldContain(where);
    }

    private static Dictionary<string, JsonElement> Values(string json)
        => JsonElement.Parse(json).EnumerateObject().ToDictionary(value => value.Name, value => value.Value, StringComparer.Ordinal);
}
