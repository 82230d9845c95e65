using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.State;

public sealed partial class AgentStateJsonTests
{
    private static readonly AgentState Full = new AgentState
    {
        Thread = "a",
        Version = 7,
        Status = ThreadStatus.WaitingForApproval,
        Agent = "Billing",
        UserId = "ann",
        Messages = [new(ChatRole.User, "hi \"é\" <b> 👩‍🚀"), Conversations.Call("c"), Conversations.Result("c")],
        Metadata = Values("""{"topic":"ø"}"""),
        Todos = [new() { Id = "t", Content = "x", Status = TodoStatus.InProgress, Order = 2.5 }],
        Tools = new Dictionary<string, IReadOnlyDictionary<string, JsonElement>> { ["search"] = Values("""{"cursor":7}""") },
        OtherSections = new Dictionary<string, IReadOnlyDictionary<string, JsonElement>> { ["steps"] = Values("""{"s1":true}""") },
        Variables = Values("""{"x":1.50,"y":null,"z":{"a":[]}}"""),
    };

    public static TheoryData<string> Serializers() => new(Options.Keys);

    private static Dictionary<string, JsonSerializerOptions> Options { get; } = new()
    {
        ["default"] = JsonSerializerOptions.Default,
        ["web"] = JsonSerializerOptions.Web,
        ["indented"] = new() { WriteIndented = true },
        ["source generated"] = StateJson.Default.Options,
    };

    [Theory, MemberData(nameof(Serializers))]
    public void Serializer_WritesWhatToJsonWrites(string options)
    {
        var json = JsonSerializer.Serialize(Full, Options[options]);

        JsonElement.DeepEquals(JsonElement.Parse(json), JsonElement.Parse(Full.ToJson())).ShouldBeTrue(json);
        AgentState.FromJson(json).ToJson().ShouldBe(Full.ToJson());
    }

    [Theory, MemberData(nameof(Serializers))]
    public void Serializer_ReadsWhatToJsonWrote(string options)
        => JsonSerializer.Deserialize<AgentState>(Full.ToJson(), Options[options])!.ToJson().ShouldBe(Full.ToJson());

    [Theory, MemberData(nameof(Serializers))]
    public void Serializer_OfAnObjectThatHasAState_RoundTrips(string options)
    {
        var json = JsonSerializer.Serialize(new Envelope(Full, null), Options[options]);
        var back = JsonSerializer.Deserialize<Envelope>(json, Options[options])!;

        back.State.ToJson().ShouldBe(Full.ToJson());
        back.Before.ShouldBeNull();
    }

    [Fact]
    public void Serializer_OfTheDeepestValues_NeedsADepthOf72()
    {
        var deepest = JsonElement.Parse(new string('[', 64) + new string(']', 64), new() { MaxDepth = 64 });
        var state = new AgentState().SetToolValue("t", "x", deepest);
        var options = new JsonSerializerOptions { MaxDepth = 72 };

        var json = JsonSerializer.Serialize(new Envelope(state, null), options);

        JsonSerializer.Deserialize<Envelope>(json, options)!.State.ShouldBe(state);
    }

    [Fact]
    public void Serializer_EscapesAsItsOptionsSay()
        => JsonSerializer.Serialize(Full).ShouldNotContain("<b>");

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"conversation_history":[{"role":"user","content":"hi"}]}""")]
    [InlineData("""{"Thread":"a","Version":1,"Status":0,"Messages":[]}""")]
    [InlineData("""{"thread":"a","version":1}""")]
    [InlineData("""{"messages":null}""")]
    public void FromJson_WithoutMessages_IsNotAState(string json)
    {
        Should.Throw<InvalidStateValueException>(() => AgentState.FromJson(json)).Message.ShouldContain("messages");
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<AgentState>(json)).Message.ShouldContain("messages");
    }

    [Theory]
    [InlineData("""{"model":"x","messages":[{"role":"user","content":"hi"}]}""")]
    [InlineData("""{"messages":[{"type":"human","content":"hi"}]}""")]
    [InlineData("""{"messages":["hi"]}""")]
    public void FromJson_WithMessagesOfAnotherFormat_IsNotAState(string json)
        => Should.Throw<InvalidStateValueException>(() => AgentState.FromJson(json)).Message.ShouldContain("messages[0]");

    [Theory, InlineData(-1), InlineData(long.MinValue)]
    public void FromJson_WithANegativeVersion_IsRefused(long version)
        => Should.Throw<InvalidStateValueException>(() => AgentState.FromJson($$"""{"messages":[],"version":{{version}}}""")).Message.ShouldContain("version");

    [Fact]
    public void Serializer_OfJsonThatIsNoState_SaysWhere()
    {
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<Envelope>("""{"State":{"messages":[],"status":"dreaming"}}""")).Message.ShouldContain("dreaming");
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<AgentState>("[1]"));
    }

    private static Dictionary<string, JsonElement> Values(string json)
        => JsonElement.Parse(json).EnumerateObject().ToDictionary(value => value.Name, value => value.Value, StringComparer.Ordinal);

    internal sealed record Envelope(AgentState State, AgentState? Before);

    [JsonSerializable(typeof(AgentState))]
    [JsonSerializable(typeof(Envelope))]
    private sealed partial class StateJson : JsonSerializerContext;
}
