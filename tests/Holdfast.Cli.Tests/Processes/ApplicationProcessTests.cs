using Holdfast.Logs;
using Holdfast.Sqlite;

namespace Holdfast.Cli.Tests.Processes;

/// <summary>The built tool with a built application: ASP.NET Core is only in the application, and so is the library that its migration calls.</summary>
public sealed class ApplicationProcessTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("sqlite")]
    [InlineData("file")]
    public async Task MigrateState_OfAnApplicationOnTheWeb_StoresWhatItsMigrationsDo(string scheme)
    {
        var path = _directory["store"];
        await using (var store = new AgentStateStore(LogOf(scheme, path)))
        {
            await store.UpdateAsync("t", session => session.Variables.Set("name", "Ann Lee"));
        }

        (await RunAsync("check")).ShouldExitWith(0).Json.GetProperty("toMigrate").GetInt64().ShouldBe(1);
        var migrated = (await RunAsync("migrate-state", "--yes")).ShouldExitWith(0);
        migrated.Json.GetProperty("migrated").GetInt64().ShouldBe(1);
        migrated.Error.ShouldBe($"The application adds its migrations.{Environment.NewLine}");
        (await RunAsync("migrate-state", "--yes")).ShouldExitWith(0).Json.GetProperty("migrated").GetInt64().ShouldBe(0);

        await using var again = new AgentStateStore(LogOf(scheme, path), new AgentStateOptions().AddMigration(1, 2, thread => thread));
        var state = (await again.LoadAsync("t"))!;
        (state.Version, state.Variables["first"].GetString(), state.Variables["last"].GetString(), state.Variables.ContainsKey("name")).ShouldBe((2, "Ann", "Lee", false));

        Task<ToolResult> RunAsync(params string[] args) => ToolProcess.RunAsync(_directory.Path, "", [.. args, "--assembly", TestApplication.File, "--json", "--store", $"{scheme}:{path}"]);
    }

    private static ICommitLog LogOf(string scheme, string path) => scheme == "sqlite" ? new SqliteCommitLog(new() { DataSource = path }) : new FileCommitLog(new() { Directory = path });
}
