using Microsoft.Extensions.AI;

namespace Holdfast.Cli.Tests.Commands;

public sealed class BundleCommandsTests : IAsyncLifetime
{
    private readonly Tool _tool = new();
    private readonly TemporaryDirectory _directory = new();

    private string File => _directory["threads.jsonl"];

    private string Target => $"sqlite:{_directory["copy.db"]}";

    public async ValueTask InitializeAsync()
    {
        await _tool.ChatAsync("my name is Ann\nremember that it rains\n", "--thread", "a", "--user", "ann");
        await _tool.Store.UpdateAsync("b", session => session.History.Add(ChatRole.User, "hello"));
        await _tool.Store.ForTenant("acme").UpdateAsync("b", session => session.History.Add(ChatRole.User, "hello"));
    }

    public async ValueTask DisposeAsync()
    {
        await _tool.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Import_OfWhatWasExported_BringsAllThreadsOfAllTenants()
    {
        (await _tool.RunAsync("export", File)).ShouldExitWith(0).Output.ShouldStartWith("Exported 3 threads (");
        (await _tool.RunAsync("import", File, "--dry-run", "--store", Target)).ShouldExitWith(0).Output.ShouldBe("The bundle is whole: 3 threads.\n");

        (await _tool.RunAsync("import", File, "--store", Target)).ShouldExitWith(0).Output.ShouldStartWith("Imported 3 threads (");

        (await _tool.RunAsync("log", "a", "--store", Target, "--json")).Output.ShouldBe((await _tool.RunAsync("log", "a", "--json")).Output);
        (await _tool.RunAsync("show", "b", "--tenant", "acme", "--store", Target)).ShouldExitWith(0);
        (await _tool.RunAsync("import", File, "--store", Target)).ShouldExitWith(0).Output.ShouldBe("Imported 0 threads (0 commits); 3 there already.\n");
        Directory.GetFiles(_directory["."], "*.partial").ShouldBeEmpty();
    }

    [Fact]
    public async Task Export_OfOneThread_ToTheStandardOutput_IsABundleAndNothingElse()
    {
        var result = (await _tool.RunAsync("export", "-", "--thread", "a")).ShouldExitWith(0);

        result.Output.ShouldBeEmpty();
        result.Error.ShouldStartWith("Exported 1 thread (");
        var json = (await _tool.RunAsync("import", "-", "--store", Target, "--json")).ShouldExitWith(0).Json;
        (json.GetProperty("imported").GetInt32(), json.GetProperty("failures").GetArrayLength()).ShouldBe((1, 0));
    }

    [Fact]
    public async Task Import_OfADamagedFile_NamesTheLine_AndLeavesTheStore()
    {
        await _tool.RunAsync("export", File);
        var text = await System.IO.File.ReadAllTextAsync(File);
        await System.IO.File.WriteAllTextAsync(File, text.Replace("it rains", "it pours", StringComparison.Ordinal));

        var error = (await _tool.RunAsync("import", File, "--store", Target)).ShouldExitWith(7).Error;

        error.ShouldContain("error[invalid-bundle]: Line ");
        (await _tool.RunAsync("threads", "--store", Target, "--json")).ShouldExitWith(0).Json.GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Import_WhereAnotherThreadIsThere_SaysSoAndFails()
    {
        await _tool.RunAsync("export", File);
        await _tool.ChatAsync("something else\n", "--thread", "a", "--store", Target);

        var result = (await _tool.RunAsync("import", File, "--store", Target)).ShouldExitWith(1);

        result.Error.ShouldContain("Not imported: a: ");
        result.Output.ShouldContain("1 could not be imported");
        (await _tool.RunAsync("import", File, "--store", Target, "--json")).ShouldExitWith(1).Json.GetProperty("failures")[0].GetProperty("error").GetString().ShouldBe("commit-conflict");
    }

    [Fact]
    public async Task Bundles_ThatCannotBe_AreUsageErrors()
    {
        (await _tool.RunAsync("import", _directory["nothing"])).ShouldExitWith(2).Error.ShouldContain("cannot be read");
        (await _tool.RunAsync("import")).ShouldExitWith(2);
        (await _tool.RunAsync("export", Path.Combine(_directory["no"], "such"))).ShouldExitWith(2).Error.ShouldContain("cannot be written");
        (await _tool.RunAsync("export", File, "--store", Target)).ShouldExitWith(2).Error.ShouldContain("nothing to export");
        (await _tool.RunAsync("export", File, "--thread", "nobody")).ShouldExitWith(3);
        System.IO.File.Exists(File).ShouldBeFalse();
        await _tool.RunAsync("export", File);
        (await _tool.RunAsync("export", File)).ShouldExitWith(2).Error.ShouldContain("already");
    }
}
