using System.Text.Json.Nodes;
using Holdfast.Cli.Applications;
using Holdfast.Logs;

namespace Holdfast.Cli.Tests.Commands;

/// <summary><c>check</c> and <c>migrate-state</c> with the assembly of an application.</summary>
public sealed class ApplicationCommandsTests : IAsyncDisposable
{
    // It has several classes with migrations, and each of them is broken.
    private static readonly string Several = typeof(ApplicationCommandsTests).Assembly.Location;

    private readonly Tool _tool = new();
    private readonly TemporaryDirectory _directory = new();

    public ValueTask DisposeAsync()
    {
        _directory.Dispose();
        return _tool.DisposeAsync();
    }

    [Fact]
    public async Task Check_TellsWhatTheBuildCouldNotOpen_AndWritesNothing()
    {
        await FillAsync("old", "Ann Lee");
        await FillAsync("bad", 5);
        await WriteWithSchemaAsync(3, "newer");

        (await _tool.RunAsync("check")).ShouldExitWith(0).Output.ShouldBe("3 threads: all can be opened.\n");
        var result = await _tool.RunAsync("check", "--assembly", TestApplication.File);

        result.ShouldExitWith(1).Lines.Length.ShouldBe(3);
        result.Lines[0].ShouldStartWith("Cannot be opened: bad: The state of thread 'bad' cannot be migrated from schema 1 to 2: ");
        result.Lines[1].ShouldStartWith("Cannot be opened: newer: The state of thread 'newer' has schema 3; this build of the application knows schemas up to 2");
        result.Lines[2].ShouldBe($"3 threads: 2 cannot be opened; 1 would be migrated by {TestApplication.Migrations}.");
        (await VersionOfAsync("old")).ShouldBe(1);
    }

    [Fact]
    public async Task Check_WithJson_NamesTheMigrations_IfThereAreAny()
    {
        await FillAsync("bad", 5);

        var without = (await _tool.RunAsync("check", "--json")).ShouldExitWith(0).Json;
        without.EnumerateObject().Select(member => member.Name).ShouldBe(["threads", "migrations", "toMigrate", "failures"]);
        (without.GetProperty("migrations").GetString(), without.GetProperty("toMigrate").ValueKind).ShouldBe((null, System.Text.Json.JsonValueKind.Null));
        var with = (await _tool.RunAsync("check", "--json", "--assembly", TestApplication.File, "--type", "CustomerMigrations")).ShouldExitWith(1).Json;
        (with.GetProperty("migrations").GetString(), with.GetProperty("toMigrate").GetInt64()).ShouldBe((TestApplication.Migrations, 0));
        with.GetProperty("failures")[0].GetProperty("error").GetString().ShouldBe("migration-failed");
    }

    [Fact]
    public async Task MigrateState_AsksFirst_AndASecondRunDoesNothing()
    {
        await FillAsync("old", "Ann Lee");
        await FillAsync("bad", 5);

        (await MigrateAsync("n\n")).ShouldExitWith(1).Error.ShouldContain("error[not-confirmed]: Nothing was done.");
        (await VersionOfAsync("old")).ShouldBe(1);
        var asked = await MigrateAsync("y\n");
        asked.ShouldExitWith(1).Output.ShouldBe($"Migrated 1 of 2 threads with {TestApplication.Migrations}; 1 cannot be opened.\n");
        asked.Error.ShouldStartWith("Cannot be migrated: bad: ");
        asked.Error.ShouldContain($"Would migrate 1 of 2 threads with {TestApplication.Migrations}; 1 cannot be opened.\nBuilds of the application without these migrations will refuse what is migrated. Migrate? [y/N] ");

        var variables = (await _tool.RunAsync("show", "old", "--json")).Json.GetProperty("variables");
        (variables.GetProperty("first").GetString(), variables.GetProperty("last").GetString()).ShouldBe(("Ann", "Lee"));
        (await _tool.RunAsync("log", "old", "--limit", "1", "--json")).Json[0].GetProperty("reason").GetString().ShouldBe("migrated");
        (await _tool.RunAsync("migrate-state", "--assembly", TestApplication.File)).ShouldExitWith(1).Output.ShouldBe($"Migrated 0 of 2 threads with {TestApplication.Migrations}; 1 cannot be opened.\n", "there is nothing to ask");
        (await _tool.RunAsync("migrate-state", "--assembly", TestApplication.File, "--yes")).ShouldExitWith(1);
        (await VersionOfAsync("old")).ShouldBe(2);
        (await VersionOfAsync("bad")).ShouldBe(1);
        (await _tool.RunAsync("check", "--assembly", Several, "--type", "Lenient")).ShouldExitWith(0).Output.ShouldEndWith("; 1 would be migrated by Holdfast.Cli.Tests.Fixtures.Lenient.\n");
    }

    [Fact]
    public async Task MigrateState_WhereNobodyCanBeAsked_DoesNothingWithoutYes()
    {
        await FillAsync("old", "Ann Lee");

        var refused = await _tool.RunAsync("migrate-state", "--assembly", TestApplication.File);
        refused.ShouldExitWith(2).Error.ShouldContain("error[usage]: Nothing was done: nobody can be asked here.");
        refused.Error.ShouldStartWith("Would migrate 1 of 1 thread with ");
        var dry = (await _tool.RunAsync("migrate-state", "--assembly", TestApplication.File, "--dry-run", "--json")).ShouldExitWith(0).Json;
        dry.EnumerateObject().Select(member => member.Name).ShouldBe(["threads", "migrations", "migrated", "dryRun", "failures"]);
        (dry.GetProperty("migrated").GetInt64(), dry.GetProperty("dryRun").GetBoolean()).ShouldBe((1, true));
        (await VersionOfAsync("old")).ShouldBe(1);
        (await _tool.RunAsync("migrate-state", "--assembly", TestApplication.File, "--yes", "--json")).ShouldExitWith(0).Json.GetProperty("migrated").GetInt64().ShouldBe(1);
        (await VersionOfAsync("old")).ShouldBe(2);
    }

    [Fact]
    public async Task MigrateState_AtATerminal_CountsTheThreads()
    {
        await FillAsync("old", "Ann Lee");

        var result = await _tool.RunAsync(new StringReader("y\n"), isInteractive: true, isTerminal: true, "migrate-state", "--assembly", TestApplication.File);

        result.ShouldExitWith(0).Output.ShouldContain("Migrated 1 of 1 thread ");
        result.Error.ShouldSatisfyAllConditions(error => error.ShouldContain("Checking"), error => error.ShouldContain("Migrating"));
    }

    [Fact]
    public async Task MigrateState_OfATenant_LeavesTheOthers()
    {
        await FillAsync("mine", "Ann Lee");
        await _tool.Store.ForTenant("acme").UpdateAsync("theirs", session => session.Variables.Set("name", "Bob Roe"));

        (await _tool.RunAsync("migrate-state", "--assembly", TestApplication.File, "--yes", "--tenant", "acme")).ShouldExitWith(0).Output.ShouldStartWith("Migrated 1 of 1 thread ");
        (await VersionOfAsync("mine")).ShouldBe(1);
        (await _tool.RunAsync("migrate-state", "--assembly", TestApplication.File, "--yes")).ShouldExitWith(0).Output.ShouldStartWith("Migrated 1 of 2 threads ");
    }

    [Fact]
    public async Task MigrateState_OfAThreadWithAnExpiry_KeepsIt()
    {
        await FillAsync("old", "Ann Lee");
        await _tool.RunAsync("extend", "old", "2h");
        var before = (await _tool.Store.Thread("old").GetInfoAsync())!.ExpiresAt;

        (await _tool.RunAsync("migrate-state", "--assembly", TestApplication.File, "--yes")).ShouldExitWith(0);

        before.ShouldNotBeNull();
        (await _tool.Store.CommitLog.GetHeadAsync(ThreadKey.Of("", "old")))!.ExpiresAt.ShouldBe(before);
    }

    [Fact]
    public async Task MigrateState_ByAnOlderBuildThanWasHereBefore_IsRefusedThreadByThread()
    {
        await FillAsync("old", "Ann Lee");
        await WriteWithSchemaAsync(3, "newer");

        var result = await _tool.RunAsync("migrate-state", "--assembly", TestApplication.File, "--yes", "--json");

        result.ShouldExitWith(1).Json.GetProperty("failures")[0].GetProperty("error").GetString().ShouldBe("newer-schema");
        result.Json.GetProperty("migrated").GetInt64().ShouldBe(1);
        (await VersionOfAsync("newer")).ShouldBe(1);
        (await _tool.RunAsync("check", "--assembly", Several, "--type", "Lenient")).ShouldExitWith(1).Output.ShouldContain("has schema 3");
    }

    [Theory]
    [InlineData("ThrowingConstructor", "The constructor of Holdfast.Cli.Tests.Fixtures.ThrowingConstructor failed: InvalidOperationException: There is no configuration.")]
    [InlineData("Holdfast.Cli.Tests.Fixtures.ThrowingMigrations", "Holdfast.Cli.Tests.Fixtures.ThrowingMigrations.AddTo failed: InvalidOperationException: There are no services.")]
    [InlineData("BrokenChain", "AgentStateOptions.AddMigration leads to schema 2, and none leads on from there to 4.")]
    public async Task Application_WhoseMigrationsCannotBeUsed_IsRefused(string type, string message)
        => (await _tool.RunAsync("check", "--assembly", Several, "--type", type)).ShouldExitWith(2).Error.ShouldSatisfyAllConditions(
            error => error.ShouldStartWith("error[invalid-application]: "),
            error => error.ShouldContain(message));

    [Fact]
    public async Task Application_WithSeveralClasses_NamesThem()
    {
        const string Known = "Holdfast.Cli.Tests.Fixtures.BrokenChain, Holdfast.Cli.Tests.Fixtures.Lenient, Holdfast.Cli.Tests.Fixtures.ThrowingConstructor, Holdfast.Cli.Tests.Fixtures.ThrowingMigrations";

        (await _tool.RunAsync("check", "--assembly", Several)).ShouldExitWith(2).Error.ShouldContain($"has several classes with migrations.\nhint: Name one with --type: {Known}.\n");
        (await _tool.RunAsync("check", "--assembly", Several, "--type", "NeedingArguments")).ShouldExitWith(2).Error.ShouldContain($"hint: --type is one of {Known}.\n");
    }

    [Fact]
    public async Task Application_ThatIsNone_IsRefused()
    {
        await File.WriteAllTextAsync(_directory["text.dll"], "text");

        (await Refusal(_directory["none.dll"])).ShouldContain("There is no file ");
        (await Refusal("")).ShouldContain("There is no file ''.");
        (await Refusal(_directory.Path)).ShouldContain("There is no file ");
        (await Refusal(_directory["text.dll"])).ShouldContain("is no .NET assembly that can be loaded");
        (await Refusal(Path.Combine(AppContext.BaseDirectory, "Spectre.Console.dll"))).ShouldContain("has no public class with a public constructor without parameters that implements IStateMigrations.");
        (await Refusal(Path.Combine(AppContext.BaseDirectory, "Holdfast.Sqlite.dll"))).ShouldContain("implements IStateMigrations.\nhint: If it is in another assembly of the application, name that one with --assembly.");
    }

    [Fact]
    public async Task Application_BuiltWithAnotherHoldfast_IsToldWhichToolToUse()
        => (await Refusal(TestApplication.BuiltWith(new(9, 8, 7), _directory.Path))).ShouldContain("was built with Holdfast 9.8.7, and this tool is of version 0.1.0.\nhint: Use the tool of that version: `dotnet tool update Holdfast.Cli --version 9.8.7`.");

    [Theory]
    [InlineData("1.2.0.0", "1.2.0.0", true)]
    [InlineData("1.1.9.0", "1.2.0.0", true)]
    [InlineData("1.2.1.0", "1.2.0.0", false)]
    [InlineData("1.2.0.0", "2.0.0.0", false)]
    [InlineData("0.1.0.0", "0.1.3.0", true)]
    [InlineData("0.1.0.0", "0.2.0.0", false)]
    public void Application_Fits_LaterVersionsThatPromiseTo(string built, string tool, bool fits) => ApplicationAssembly.Fits(Version.Parse(built), Version.Parse(tool)).ShouldBe(fits);

    // Only tests of this class, one after the other, load applications.
    [Fact]
    public async Task Application_InAToolThatWasTrimmed_CannotBeLoaded()
    {
        const string Switch = "Holdfast.Cli.LoadsApplications";
        AppContext.SetSwitch(Switch, false);
        try
        {
            (await _tool.RunAsync("check", "--assembly", TestApplication.File)).ShouldExitWith(2).Error.ShouldStartWith("error[usage]: This build of the tool was trimmed or compiled ahead of time, and cannot load an application.");
        }
        finally
        {
            AppContext.SetSwitch(Switch, true);
        }
    }

    private Task<ToolResult> MigrateAsync(string input) => _tool.RunAsync(new StringReader(input), isInteractive: true, isTerminal: false, "migrate-state", "--assembly", TestApplication.File);

    private async Task<string> Refusal(string app)
    {
        var result = (await _tool.RunAsync("migrate-state", "--yes", "--assembly", app)).ShouldExitWith(2);
        result.Error.ShouldStartWith("error[invalid-application]: ");
        return result.Error;
    }

    private async Task FillAsync(string id, JsonNode name) => await _tool.Store.UpdateAsync(id, session => session.Variables.Set("name", name));

    private async Task WriteWithSchemaAsync(int schema, string id)
        => await new AgentStateStore(_tool.Store.CommitLog, new AgentStateOptions { TimeProvider = _tool.Time }.AddMigration(1, schema, thread => thread)).UpdateAsync(id, session => session.Variables.Set("name", 1));

    private async Task<long> VersionOfAsync(string id) => (await _tool.Store.CommitLog.GetHeadAsync(ThreadKey.Of("", id)))!.Version;
}
