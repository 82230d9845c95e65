using System.Text.Json.Nodes;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Threads;

public sealed class MigrationTests
{
    private readonly TestStore _test = new();

    private AgentStateStore Newer => _test.Another(options => options.AddMigration(1, 2, SplitName).AddMigration(2, 3, Count));

    [Fact]
    public async Task Open_MigratesAThread_AndTheNextCommitStoresIt()
    {
        await FillAsync();
        _test.Log.Reset();

        var session = await Newer.OpenAsync("t");

        (session.Variables.Get<string>("first"), session.Variables.Contains("name"), session.Metadata.Get<int>("words")).ShouldBe(("Ann", false, 2));
        (await session.CommitAsync()).IsEmpty.ShouldBeTrue("to open a thread is no change of it");
        _test.Log.Requests.ShouldBeEmpty();
        session.Say("more");
        await session.CommitAsync();

        var body = (await _test.BodiesAsync("t"))[^1];
        body.ShouldContain("\"schema\":3");
        body.ShouldContain("\"remove\":{\"variables\":[\"name\"]}");
        (await _test.Store.Thread("t").GetInfoAsync())!.Metadata["words"].GetInt32().ShouldBe(2);
        (await Newer.Thread("t").VerifyAsync())!.IsIntact.ShouldBeTrue();
        (await Newer.OpenAsync("t")).Variables.Get<string>("last").ShouldBe("Lee");
    }

    [Theory]
    [InlineData("check", 1)]
    [InlineData("migrate", 3)]
    public async Task TheProgramOfTheDocumentation_ChecksOrMigratesEveryThread(string mode, int schema)
    {
        await FillAsync();
        var before = Environment.ExitCode;
        try
        {
            await RunAsync(Newer, [mode]);
            Environment.ExitCode.ShouldBe(0);
            (await _test.BodiesAsync("t")).Count(body => body.Contains($"\"schema\":{schema}", StringComparison.Ordinal)).ShouldBe(schema == 1 ? 0 : 1);

            await _test.CommitAsync("other", session => session.Variables.Set("name", 5));
            await RunAsync(Newer, [mode]);
            Environment.ExitCode.ShouldBe(1, "a migration fails");
        }
        finally
        {
            Environment.ExitCode = before;
        }

        DocumentedCode.ShouldBeIn("migrations.md");

        static async Task RunAsync(AgentStateStore store, string[] args)
        {
            // page: migrations.md
            MigrateResult result = args is ["migrate"]
                ? await store.MigrateStateAsync(new() { AllTenants = true })
                : await store.CheckAsync(new() { AllTenants = true });
            foreach (var failure in result.Failures)
            {
                await Console.Error.WriteLineAsync($"{failure.Key}: {failure.Error.Message}");
            }

            Console.WriteLine($"{result.Threads} threads, {result.Migrated} migrated, {result.Failures.Count} failed");
            Environment.ExitCode = result.IsComplete ? 0 : 1;
            // end
        }
    }

    [Fact]
    public async Task Load_OfAnyVersion_IsMigrated_AndStoresNothing()
    {
        await FillAsync();
        _test.Log.Reset();

        (await Newer.LoadAsync("t"))!.Variables["last"].GetString().ShouldBe("Lee");
        (await Newer.LoadAsync("t", 1))!.Variables["first"].GetString().ShouldBe("Ann");

        _test.Log.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task Thread_OfANewerSchema_IsRefusedByOlderBuilds_AndByNothingElse()
    {
        await FillAsync();
        var stale = await _test.Store.OpenAsync("t", new() { RebaseOnConflict = true });
        stale.Say("stale");
        await Newer.UpdateAsync("t", session => session.Say("newer"));
        await Newer.UpdateAsync("begun", session => session.Say("newer"));

        foreach (var id in new[] { "t", "begun" })
        {
            var error = await Should.ThrowAsync<NewerSchemaException>(async () => await _test.Store.OpenAsync(id));
            (error.Found, error.Known).ShouldBe((3, 1));
            await Should.ThrowAsync<NewerSchemaException>(async () => await _test.Store.LoadAsync(id));
            await Should.ThrowAsync<NewerSchemaException>(async () => await _test.Store.UpdateAsync(id, session => session.Say("x")));
        }

        await Should.ThrowAsync<NewerSchemaException>(async () => await stale.CommitAsync());
        (await _test.Another(options => options.AcceptAnySchema = true).OpenAsync("t")).Variables.Get<string>("first").ShouldBe("Ann");
        (await _test.Store.Thread("t").VerifyAsync())!.IsIntact.ShouldBeTrue();
        (await _test.Store.Thread("t").EraseAsync()).ShouldBeTrue();
    }

    [Fact]
    public async Task Commit_AfterAnOlderBuildHasCommitted_MigratesWhatThatOneWrote()
    {
        await FillAsync();
        var newer = await Newer.OpenAsync("t", new() { RebaseOnConflict = true });
        newer.Variables.Set("mine", 1);
        await _test.Store.UpdateAsync("t", session => session.Variables.Set("name", "Bob Roe"));

        await newer.CommitAsync();

        var session = await Newer.OpenAsync("t");
        (session.Variables.Get<string>("first"), session.Variables.Get<int>("mine"), session.Variables.Contains("name")).ShouldBe(("Bob", 1, false));
        (await Newer.Thread("t").VerifyAsync())!.IsIntact.ShouldBeTrue();
    }

    [Fact]
    public async Task Commit_WhoseOutcomeIsNotKnown_StoresTheMigrationOnce()
    {
        await FillAsync();
        _test.Faults.Nth(1, LogCall.Append).FailsAfter();
        var session = await Newer.OpenAsync("t");
        session.Variables.Set("mine", 1);

        await Should.ThrowAsync<StoreUnavailableException>(async () => await session.CommitAsync());
        session.Variables.Set("first", "Eve");
        await session.CommitAsync();

        var after = await Newer.OpenAsync("t");
        (after.Variables.Get<string>("first"), after.Variables.Get<string>("last"), after.Variables.Get<int>("mine")).ShouldBe(("Eve", "Lee", 1));
        (await Newer.Thread("t").VerifyAsync())!.IsIntact.ShouldBeTrue();
    }

    [Fact]
    public async Task Keyframe_HasTheSchema()
    {
        await FillAsync();
        await Newer.UpdateAsync("t", session => session.Say(new string('x', 17_000)));
        (await Newer.UpdateAsync("t", session => session.Say("keyframe"))).IsKeyframe.ShouldBeTrue();

        (await Should.ThrowAsync<NewerSchemaException>(async () => await _test.Store.OpenAsync("t"))).Found.ShouldBe(3);
        (await Newer.Thread("t").VerifyAsync())!.IsIntact.ShouldBeTrue();
        (await Newer.OpenAsync("t")).Variables.Get<string>("last").ShouldBe("Lee");
    }

    [Fact]
    public async Task Migrate_ThatFails_ChangesNothing_AndIsFoundByTheCheck()
    {
        await FillAsync();
        await _test.CommitAsync("odd", session => session.Variables.Set("name", 7));
        var store = Newer;
        _test.Log.Reset();

        (await Should.ThrowAsync<StateMigrationException>(async () => await store.OpenAsync("odd"))).ShouldSatisfyAllConditions(
            error => (error.From, error.To).ShouldBe((1, 2)), error => error.InnerException.ShouldNotBeNull());
        var check = await store.CheckAsync();

        (check.Threads, check.Migrated, check.IsComplete).ShouldBe((2, 1, false));
        check.Failures.ShouldHaveSingleItem().Key.Id.Value.ShouldBe("odd");
        _test.Log.Requests.ShouldBeEmpty();

        var done = await store.MigrateStateAsync();
        (done.Threads, done.Migrated, done.Failures.Count).ShouldBe((2, 1, 1));
        (await _test.BodiesAsync("t"))[^1].ShouldContain("\"reason\":\"migrated\"");
        (await store.MigrateStateAsync()).Migrated.ShouldBe(0);
        (await store.Thread("t").VerifyAsync())!.IsIntact.ShouldBeTrue();
    }

    [Theory]
    [InlineData("{\"variables\":7}")]
    [InlineData("{\"$turn\":{}}")]
    [InlineData("{\"variables\":{\"\":1}}")]
    [InlineData("{\"variables\":{\"a\\nb\":1}}")]
    public async Task Migrate_ToWhatCannotBeStored_IsRefused(string result)
    {
        await FillAsync();
        var store = _test.Another(options => options.AddMigration(1, 2, _ => JsonNode.Parse(result)!.AsObject()));

        await Should.ThrowAsync<StateMigrationException>(async () => await store.OpenAsync("t"));
    }

    [Fact]
    public async Task Restore_ToAVersionOfAnOlderSchema_BringsItBackAsThisBuildKnowsIt()
    {
        await FillAsync();
        await Newer.UpdateAsync("t", session => session.Variables.Set("first", "Eve"));

        await Newer.Thread("t").RestoreAsync(1);

        (await Newer.OpenAsync("t")).Variables.Get<string>("first").ShouldBe("Ann");
        (await Should.ThrowAsync<NewerSchemaException>(async () => await _test.Store.OpenAsync("t"))).Found.ShouldBe(3);
        (await Newer.Thread("t").VerifyAsync())!.IsIntact.ShouldBeTrue();
    }

    [Fact]
    public async Task VariablesOfAUser_AreNotMigrated()
    {
        await _test.Store.UpdateUserAsync("ann", user => user.Set("name", "Ann Lee"));

        (await Newer.OpenAsync("t", new() { UserId = "ann" })).User.Get<string>("name").ShouldBe("Ann Lee");
    }

    [Fact]
    public void Chains_ThatDoNotFit_AreToldAtOnce()
    {
        var message = Should.Throw<StateConfigurationException>(() => _test.Another(options => options.AddMigration(0, 1, Count).AddMigration(2, 3, Count).AddMigration(2, 5, Count))).Message;

        message.ShouldContain("from 0 to 1");
        message.ShouldContain("twice from schema 2");
        message.ShouldContain("leads to schema 3");
    }

    /// <summary>What is gone does not come back under another name, and what is set in its place stays.</summary>
    [Theory, InlineData(true), InlineData(false)]
    public async Task Migration_OfAKeyWhoseTimeHasPassed_DoesNotSeeIt(bool isCommitted)
    {
        await _test.CommitAsync("t", session =>
        {
            session.Variables.Set("code", "1234", TimeSpan.FromDays(1));
            session.Variables.Set("place", "here", TimeSpan.FromDays(1));
            session.Variables.Set("left", 1);
        });
        _test.Clock.Advance(TimeSpan.FromDays(2));
        var store = _test.Another(options => options.AddMigration(1, 2, thread =>
        {
            var variables = thread["variables"]!.AsObject();
            variables["pin"] = variables["code"]?.DeepClone();
            variables["place"] ??= "nowhere";
            variables.Remove("code");
            return thread;
        }));
        if (isCommitted)
        {
            await store.UpdateAsync("t", session => session.Say("more"));
        }

        var session = await store.OpenAsync("t");

        (session.Variables.Get<string>("pin"), session.Variables.Get<string>("place"), session.Variables.Get<int>("left")).ShouldBe((null, "nowhere", 1));
        (await store.Thread("t").VerifyAsync())!.IsIntact.ShouldBeTrue();
    }

    private async Task FillAsync()
    {
        await _test.CommitAsync("t", session => session.Variables.Set("name", "Ann Lee"));
        await _test.CommitAsync("t", session => session.Say("hello"));
    }

    private static JsonObject SplitName(JsonObject thread)
    {
        if (thread["variables"]?["name"] is { } name)
        {
            var parts = name.GetValue<string>().Split(' ');
            var variables = thread["variables"]!.AsObject();
            (variables["first"], variables["last"]) = (parts[0], parts[1]);
            variables.Remove("name");
        }

        return thread;
    }

    private static JsonObject Count(JsonObject thread)
    {
        thread["metadata"] = new JsonObject { ["words"] = 2 };
        return thread;
    }
}
