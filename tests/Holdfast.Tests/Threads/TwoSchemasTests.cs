using System.Text.Json.Nodes;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Threads;

/// <summary>What brings values of two schemas together: a restore, a merge, a picked commit; by a build that migrates, and by a tool that takes threads as they are.</summary>
public sealed class TwoSchemasTests
{
    private readonly TestStore _test = new();

    // Euros become cents: nobody can tell by a value whether it was migrated.
    private AgentStateStore Newer => _test.Another(options => options.AddMigration(1, 2, ToCents));

    private AgentStateStore Tool => _test.Another(options => options.AcceptAnySchema = true);

    [Fact]
    public async Task Restore_ByATool_BringsTheSchemaOfThePointBack_AndForwardAgain()
    {
        await PriceAsync(_test.Store, "t", 2);
        await PriceAsync(Newer, "t", 700);

        (await Tool.Thread("t").RestoreAsync(1)).Restores.ShouldBe(1);
        (await PriceOfAsync("t")).ShouldBe(200);
        await Newer.UpdateAsync("t", session => session.Say("as the newer build knows it"));
        (await PriceOfAsync("t")).ShouldBe(200);

        await Tool.Thread("t").RestoreAsync(2);
        (await PriceOfAsync("t")).ShouldBe(700);
        (await _test.Store.Thread("t").VerifyAsync())!.IsIntact.ShouldBeTrue();
    }

    [Fact]
    public async Task Restore_ByATool_WhereOnlyTheSchemaIsDifferent_IsStored()
    {
        await PriceAsync(_test.Store, "t", 2);
        await PriceAsync(Newer, "t", 2);

        (await Tool.Thread("t").RestoreAsync(1)).IsEmpty.ShouldBeFalse();

        (await PriceOfAsync("t")).ShouldBe(200);
    }

    [Fact]
    public async Task ASessionThatIsRebasedOverARestoreToAnOlderSchema_MigratesAgain()
    {
        await PriceAsync(_test.Store, "t", 2);
        await PriceAsync(Newer, "t", 700);
        var session = await Newer.OpenAsync("t");
        session.Variables.Set("paid", true);
        await Tool.Thread("t").RestoreAsync(1);

        await session.RebaseAsync();
        session.Variables.Get<int>("price").ShouldBe(200);
        await session.CommitAsync();

        (await PriceOfAsync("t")).ShouldBe(200);
        (await Tool.LoadAsync("t"))!.Variables["price"].GetInt32().ShouldBe(200, "the migration is stored with the commit");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Merge_ByATool_OfTwoSchemas_IsRefused_AndDoneByABuildThatKnowsBoth(bool isForkMigrated)
    {
        await PriceAsync(_test.Store, "t", 2);
        await _test.Store.Thread("t").ForkAsync("fork");
        await Newer.UpdateAsync(isForkMigrated ? "fork" : "t", session => session.Say("migrated"));
        await Tool.UpdateAsync("fork", session => session.Variables.Set("price", isForkMigrated ? 700 : 7));

        var error = await Should.ThrowAsync<NewerSchemaException>(async () => await Tool.Thread("fork").MergeAsync());
        (error.Key.Id.Value, error.Found, error.Known).ShouldBe((isForkMigrated ? "fork" : "t", 2, 1));

        await Newer.Thread("fork").MergeAsync();
        (await PriceOfAsync("t")).ShouldBe(700);
    }

    [Fact]
    public async Task Pick_ByATool_OfTwoSchemas_IsRefused()
    {
        await PriceAsync(_test.Store, "t", 2);
        await PriceAsync(Newer, "t", 700);
        await _test.Store.UpdateAsync("other", session => session.Say("older"));
        await Newer.UpdateAsync("newer", session => session.Say("newer"));

        await Should.ThrowAsync<NewerSchemaException>(async () => await Tool.Thread("other").CherryPickAsync("t", 2));
        await Should.ThrowAsync<NewerSchemaException>(async () => await Tool.Thread("newer").CherryPickAsync("t", 1));
        (await Should.ThrowAsync<NewerSchemaException>(async () => await Tool.Thread("newer").CherryPickAsync("t", 2))).Key.Id.Value.ShouldBe("t", "it has the migration too");
        await Tool.Thread("other").CherryPickAsync("t", 1);
        (await PriceOfAsync("other")).ShouldBe(200);
    }

    [Fact]
    public async Task Pick_OfACommitOfAnOlderSchema_MakesWhatItIsInThisBuild()
    {
        var newer = _test.Another(options => options.AddMigration(1, 2, Rename));
        await _test.Store.UpdateAsync("t", session => session.Variables.Set("list", new[] { 1 }));
        await _test.Store.UpdateAsync("t", session =>
        {
            session.Variables.Append("list", 2);
            session.Variables.Set("name", "Ann");
        });
        await newer.UpdateAsync("other", session => session.Variables.Set("list", new[] { 100 }));

        var picked = await newer.Thread("other").CherryPickAsync("t", 2);

        picked.Picked.ShouldBe(["variables/list", "variables/fullName"], ignoreOrder: true);
        var session = await newer.OpenAsync("other");
        (session.Variables.Get<string>("fullName"), session.Variables.Contains("name")).ShouldBe(("Ann", false));
        session.Variables.Get<int[]>("list").ShouldBe([100, 200]);
    }

    private static async Task PriceAsync(AgentStateStore store, string id, int price) => await store.UpdateAsync(id, session =>
    {
        session.Variables.Set("price", price);
    });

    private async Task<int> PriceOfAsync(string id) => (await Newer.OpenAsync(id)).Variables.Get<int>("price");

    private static JsonObject ToCents(JsonObject thread)
    {
        if (thread["variables"]?["price"] is { } price)
        {
            thread["variables"]!["price"] = price.GetValue<int>() * 100;
        }

        return thread;
    }

    private static JsonObject Rename(JsonObject thread)
    {
        if (thread["variables"] is JsonObject variables)
        {
            if (variables["name"] is { } name)
            {
                variables.Remove("name");
                variables["fullName"] = name;
            }

            if (variables["list"] is JsonArray list)
            {
                variables["list"] = new JsonArray([.. list.Select(item => (JsonNode)(item!.GetValue<int>() * 100))]);
            }
        }

        return thread;
    }
}
