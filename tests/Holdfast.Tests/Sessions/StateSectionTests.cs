using System.Text.Json;
using System.Text.Json.Serialization;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Sessions;

public sealed partial class StateSectionTests
{
    private readonly TestStore _test = new();

    [Fact]
    public async Task Get_PlainValues_AreWhatWasSet()
    {
        var session = await _test.Store.OpenAsync("a");
        session.Variables.Set("text", "Ann \"é\" 👩‍🚀 \u2028");
        session.Variables.Set("true", true);
        session.Variables.Set("int", int.MinValue);
        session.Variables.Set("long", long.MaxValue);
        session.Variables.Set("double", 0.1);
        session.Variables.Set("decimal", 1.10m);
        session.Variables.Set("time", _test.Clock.GetUtcNow());
        session.Variables.Set("list", new List<int> { 1, 2 });
        session.Variables.Set("json", JsonElement.Parse("""{ "b": 1, "a": [ ] }"""));
        await session.CommitAsync();

        foreach (var variables in new[] { session.Variables, (await _test.Store.OpenAsync("a")).Variables })
        {
            variables.Get("text", "").ShouldBe("Ann \"é\" 👩‍🚀 \u2028");
            variables.Get("true", false).ShouldBeTrue();
            variables.Get("int", 0).ShouldBe(int.MinValue);
            variables.Get("long", 0L).ShouldBe(long.MaxValue);
            variables.Get("double", 0.0).ShouldBe(0.1);
            variables.Get<decimal>("decimal").ShouldBe(1.10m);
            variables.Get<DateTimeOffset>("time").ShouldBe(_test.Clock.GetUtcNow());
            variables.Get<List<int>>("list").ShouldBe([1, 2]);
            variables.GetJson("json")!.Value.GetRawText().ShouldBe("""{ "b": 1, "a": [ ] }""");
            variables.Count.ShouldBe(9);
        }
    }

    [Fact]
    public async Task Get_WhatIsNotThere_IsTheDefault()
    {
        var variables = (await _test.Store.OpenAsync("a")).Variables;

        variables.Get("name", "Anonymous").ShouldBe("Anonymous");
        variables.Get("on", true).ShouldBeTrue();
        variables.Get("count", 3).ShouldBe(3);
        variables.Get("count", 3L).ShouldBe(3);
        variables.Get("ratio", 0.5).ShouldBe(0.5);
        variables.Get<int?>("count").ShouldBeNull();
        variables.Get("place", new Place("Oslo", 1))!.City.ShouldBe("Oslo");
        variables.Get("place", Json.Default.Place).ShouldBeNull();
        variables.Get("place", new Place("Oslo", 1), Json.Default.Place)!.City.ShouldBe("Oslo");
        variables.GetJson("name").ShouldBeNull();
        variables.Contains("name").ShouldBeFalse();
        variables.Remove("name").ShouldBeFalse();
        (variables.Count, variables.Keys.Count).ShouldBe((0, 0));
    }

    [Fact]
    public async Task Set_WithAJsonTypeInfo_UsesIt()
    {
        var session = await _test.Store.OpenAsync("a");
        session.Variables.Set("place", new Place("Oslo", 7), Json.Default.Place);

        session.Variables.GetJson("place")!.Value.GetRawText().ShouldBe("""{"City":"Oslo","Zip":7}""");
        session.Variables.Get("place", Json.Default.Place).ShouldBe(new Place("Oslo", 7));
    }

    [Fact]
    public async Task Set_WithoutAJsonTypeInfo_UsesTheOptionsOfTheStore()
    {
        var session = await _test.Store.OpenAsync("a");
        session.Variables.Set("place", new Place("Tromsø", 7));
        session.Variables.GetJson("place")!.Value.GetRawText().ShouldBe("""{"city":"Tromsø","zip":7}""");

        var other = await new TestStore(options => options.Json = new(JsonSerializerDefaults.General)).Store.OpenAsync("a");
        other.Variables.Set("place", new Place("Oslo", 7));
        other.Variables.GetJson("place")!.Value.GetRawText().ShouldBe("""{"City":"Oslo","Zip":7}""");
    }

    [Fact]
    public async Task Set_AnObject_TakesACopy()
    {
        var session = await _test.Store.OpenAsync("a");
        var list = new List<int> { 1 };
        session.Variables.Set("list", list);
        list.Add(2);
        session.Variables.Get<List<int>>("list")!.Add(3);

        session.Variables.Get<List<int>>("list").ShouldBe([1]);
        session.Variables.Get<List<int>>("list").ShouldNotBeSameAs(session.Variables.Get<List<int>>("list"));
    }

    [Fact]
    public async Task Set_AnElementOfADocument_OutlivesTheDocument()
    {
        var session = await _test.Store.OpenAsync("a");
        using (var document = JsonDocument.Parse("""{"x":[1,2]}"""))
        {
            session.Variables.Set("x", document.RootElement.GetProperty("x"));
        }

        session.Variables.GetJson("x")!.Value.GetRawText().ShouldBe("[1,2]");
    }

    [Fact]
    public async Task Set_JsonWithLineBreaks_StaysOneLine()
    {
        await _test.CommitAsync("a", session => session.Variables.Set("x", JsonElement.Parse("{\r\n  \"a\": \"b\\n\"\n}")));

        (await _test.BodiesAsync("a")).Single().ShouldNotContain("\n");
        (await _test.Store.OpenAsync("a")).Variables.GetJson("x")!.Value.GetProperty("a").GetString().ShouldBe("b\n");
    }

    [Fact]
    public async Task Get_AnotherTypeThanWasSet_IsRefusedByName()
    {
        var session = await _test.Store.OpenAsync("a");
        session.Variables.Set("name", "Ann");

        var error = Should.Throw<InvalidStateValueException>(() => session.Variables.Get("name", 0));

        error.Code.ShouldBe(ErrorCodes.InvalidValue);
        error.Message.ShouldContain("variables/name");
        error.Message.ShouldContain("Int32");
    }

    [Fact]
    public async Task Set_WhatCannotBeJson_IsRefusedByNameAndChangesNothing()
    {
        var session = await _test.Store.OpenAsync("a");
        var cycle = new List<object>();
        cycle.Add(cycle);
        object deep = 1;
        for (var i = 0; i < 65; i++)
        {
            deep = new[] { deep };
        }

        Refuse(() => session.Variables.Set("x", double.NaN), "variables/x");
        Refuse(() => session.Variables.Set("x", double.PositiveInfinity), "variables/x");
        Refuse(() => session.Variables.Set("x", cycle), "variables/x");
        Refuse(() => session.Variables.Set("x", deep), "variables/x");
        Refuse(() => session.Variables.Set("x", JsonElement.Parse(new string('[', 65) + new string(']', 65), new() { MaxDepth = 100 })), "variables/x");
        Refuse(() => session.Variables.Set("x", JsonElement.Parse(new string('[', 2000) + new string(']', 2000), new() { MaxDepth = 3000 })), "variables/x");
        Refuse(() => session.Variables.Set("x", default(JsonElement)), "variables/x");
        Refuse(() => session.Variables.Set("x", (Action)(() => { })), "variables/x");
        Refuse(() => session.Variables.Set("x", typeof(string)), "variables/x");
        Refuse(() => session.Tools["search"].Set("x", double.NaN), "tools/search/x");
        session.HasChanges.ShouldBeFalse();
        (await session.CommitAsync()).IsEmpty.ShouldBeTrue();
        _test.Log.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Set_SixtyFourLevels_IsTheMostThatCanBeReadBack()
    {
        var deepest = new string('[', 64) + new string(']', 64);
        await _test.CommitAsync("a", session =>
        {
            session.Variables.Set("x", JsonElement.Parse(deepest));
            session.Tools["t"].Set("x", JsonElement.Parse(deepest));
            session.Say(new string('x', 20_000));
        });
        await _test.CommitAsync("a", session => session.Say("keyframe"));

        (await _test.EntriesAsync("a"))[1].IsKeyframe.ShouldBeTrue();
        var session = await _test.Store.OpenAsync("a");
        session.Variables.GetJson("x")!.Value.GetRawText().ShouldBe(deepest);
        var state = (await _test.Store.LoadAsync("a"))!;
        AgentState.FromJson(state.ToJson()).Tools["t"]["x"].GetRawText().ShouldBe(deepest);
        (await _test.Store.SaveAsync("a", AgentState.FromJson(state.ToJson()))).Commit.IsEmpty.ShouldBeTrue();
    }

    [Theory, InlineData(""), InlineData("a\nb"), InlineData("\0")]
    public async Task Set_AKeyThatCannotBeUsed_IsRefused(string key)
    {
        var session = await _test.Store.OpenAsync("a");

        Should.Throw<InvalidIdentifierException>(() => session.Variables.Set(key, 1)).Code.ShouldBe(ErrorCodes.InvalidIdentifier);
        Should.Throw<InvalidIdentifierException>(() => session.Metadata.Set(key, "x"));
        Should.Throw<InvalidIdentifierException>(() => session.Variables.Set(key, JsonElement.Parse("1")));
        Should.Throw<InvalidIdentifierException>(() => session.Todos.Put(new() { Id = key + "\n", Content = "x" }));
        session.HasChanges.ShouldBeFalse();
    }

    [Fact]
    public async Task Set_KeysOf512Bytes_AreTheLongest()
    {
        var session = await _test.Store.OpenAsync("a");

        session.Variables.Set(new string('é', 256), 1);
        Should.Throw<InvalidIdentifierException>(() => session.Variables.Set(new string('é', 257), 1));
        Should.Throw<InvalidIdentifierException>(() => session.Variables.Set(new string('\ud800', 1), 1));
        Should.Throw<ArgumentNullException>(() => session.Variables.Set(null!, 1));
        Should.Throw<ArgumentNullException>(() => session.Variables.Remove(null!));
        Should.Throw<ArgumentNullException>(() => session.Variables.Get(null!, 1));
    }

    [Fact]
    public async Task Keys_OddOnes_SurviveARoundTrip()
    {
        string[] keys = ["a/b", "a.b", "$type", "\"quoted\"", "back\\slash", "👩‍🚀", "  ", "Name", "name", "__proto__"];
        await _test.CommitAsync("a", session => Array.ForEach(keys, key => session.Variables.Set(key, key)));
        await _test.CommitAsync("a", session => session.Say(new string('x', 20_000)));
        await _test.CommitAsync("a", session => session.Variables.Remove("a.b"));

        var variables = (await _test.Store.OpenAsync("a")).Variables;
        variables.Keys.ShouldBe(keys.Where(key => key != "a.b"));
        variables.Keys.ShouldAllBe(key => variables.Get(key, "") == key);
    }

    [Fact]
    public async Task Clear_RemovesEveryKeyOfTheSection()
    {
        await _test.CommitAsync("a", session =>
        {
            session.Variables.Set("x", 1);
            session.Variables.Set("y", 1);
            session.Metadata.Set("x", 1);
        });

        var commit = await _test.CommitAsync("a", session => session.Variables.Clear());

        commit.Removed.ShouldBe(["variables/x", "variables/y"]);
        var session = await _test.Store.OpenAsync("a");
        (session.Variables.Count, session.Metadata.Count).ShouldBe((0, 1));
    }

    [Fact]
    public async Task Keys_OfASession_StandAsTheyDoAfterReading()
    {
        var session = await _test.Store.OpenAsync("a");
        session.Variables.Set("1", 1);
        session.Variables.Set("2", 1);
        await session.CommitAsync();
        session.Variables.Set("1", 2);
        session.Variables.Remove("2");
        session.Variables.Set("new", 1);
        session.Variables.Remove("new");
        session.Variables.Set("3", 1);
        session.Variables.Set("new", 1);
        session.Variables.Set("2", 2);
        await session.CommitAsync();

        session.Variables.Keys.ShouldBe(["1", "3", "new", "2"]);
        (await _test.Store.OpenAsync("a")).Variables.Keys.ShouldBe(["1", "3", "new", "2"]);
        (await _test.Store.Thread("a").VerifyAsync())!.IsIntact.ShouldBeTrue();
    }

    private static void Refuse(Action set, string path) => Should.Throw<InvalidStateValueException>(set).Message.ShouldContain(path);

    internal sealed record Place(string City, int Zip);

    [JsonSerializable(typeof(Place))]
    internal sealed partial class Json : JsonSerializerContext;
}
