using System.Text.Json;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Sessions;

/// <summary>Sections by name, and sections as a whole.</summary>
public sealed class SectionTests
{
    private readonly TestStore _test = new();

    [Fact]
    public async Task Section_OfAName_IsStoredBesideTheOthers()
    {
        await _test.CommitAsync("a", session =>
        {
            session.Section("acme.billing").Set("plan", "gold");
            session.Variables.Set("plan", "none");
        });

        var session = await _test.Another().OpenAsync("a");
        session.Section("acme.billing").Get("plan", "").ShouldBe("gold");
        session.Variables.Get("plan", "").ShouldBe("none");
        (await _test.Store.LoadAsync("a"))!.OtherSections["acme.billing"]["plan"].GetString().ShouldBe("gold");
    }

    [Theory]
    [InlineData("")]
    [InlineData("$turn")]
    [InlineData("todos")]
    [InlineData("goals")]
    [InlineData("a\nb")]
    public async Task Section_OfAReservedOrImpossibleName_IsRefused(string name)
    {
        var session = await _test.Store.OpenAsync("a");

        Should.Throw<InvalidIdentifierException>(() => session.Section(name));
    }

    [Fact]
    public async Task Section_OfAKnownName_IsTheSameAsTheProperty()
    {
        var session = await _test.Store.OpenAsync("a");
        session.Section("variables").Set("x", 1);
        session.Section("tools/search").Set("hits", 2);

        session.Variables.Get("x", 0).ShouldBe(1);
        session.Tools["search"].Get("hits", 0).ShouldBe(2);
    }

    [Fact]
    public async Task Indexer_ShowsTheJsonOrNull()
    {
        var session = await _test.Store.OpenAsync("a");
        session.Variables.Set("name", "John");

        session.Variables["name"]!.Value.GetString().ShouldBe("John");
        session.Variables["age"].ShouldBeNull();
    }

    [Fact]
    public async Task Enumeration_HasEveryKeyInOrder_AndTheSectionMayChangeMeanwhile()
    {
        var session = await _test.Store.OpenAsync("a");
        session.Variables.Set("b", 1);
        session.Variables.Set("a", "x");

        var seen = new List<string>();
        foreach (var (key, value) in session.Variables)
        {
            seen.Add($"{key}={value}");
            session.Variables.Remove(key);
        }

        seen.ShouldBe(["b=1", "a=x"]);
        session.Variables.ShouldBeEmpty();
    }

    [Fact]
    public async Task ToJsonAndAssign_AreInverses()
    {
        var session = await _test.Store.OpenAsync("a");
        var value = JsonElement.Parse("""{"z":1.0,"a":{"b":[1,null,"😀"]},"n":null}""");

        session.Section("mine").Assign(value).ShouldBeTrue();

        session.Section("mine").ToJson().GetRawText().ShouldBe(value.GetRawText());
        session.Section("none").ToJson().GetRawText().ShouldBe("{}");
    }

    [Fact]
    public async Task Assign_CommitsOnlyWhatDiffers()
    {
        await _test.CommitAsync("a", session => session.Section("mine").Assign(JsonElement.Parse("""{"same":{"x":1,"y":2},"old":1,"changed":1}""")));
        var session = await _test.Store.OpenAsync("a");

        session.Section("mine").Assign(JsonElement.Parse("""{"same": {"x":1, "y":2}, "changed":2, "new":3}""")).ShouldBeTrue();
        var commit = await session.CommitAsync();

        commit.Set.ShouldBe(["mine/changed", "mine/new"]);
        commit.Removed.ShouldBe(["mine/old"]);
        session.Section("mine").Assign(JsonElement.Parse("""{"new":3,"changed":2,"same":{"y":2,"x":1}}""")).ShouldBeFalse();
        (await session.CommitAsync()).IsEmpty.ShouldBeTrue();
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"a":1,"a":2}""")]
    public async Task Assign_OfWhatCannotBeASection_ChangesNothing(string json)
    {
        var session = await _test.Store.OpenAsync("a");
        session.Variables.Set("kept", 1);

        Should.Throw<InvalidStateValueException>(() => session.Variables.Assign(JsonElement.Parse(json)));

        session.Variables.Keys.ShouldBe(["kept"]);
    }
}
