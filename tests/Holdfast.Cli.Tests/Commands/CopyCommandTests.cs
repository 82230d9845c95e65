using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.Cli.Tests.Commands;

public sealed class CopyCommandTests : IAsyncLifetime
{
    private readonly Tool _tool = new();
    private readonly TemporaryDirectory _directory = new();

    private string Target => $"sqlite:{_directory["copy.db"]}";

    public async ValueTask InitializeAsync()
    {
        await _tool.ChatAsync("my name is Ann\nremember that it rains\n", "--thread", "a", "--user", "ann");
        await _tool.ChatAsync("hello\n", "--thread", "b");
        await _tool.ChatAsync("hello\n", "--thread", "b", "--tenant", "acme");
    }

    public async ValueTask DisposeAsync()
    {
        await _tool.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Copy_BringsAllThreadsOfAllTenants()
    {
        var result = (await _tool.RunAsync("copy", "--from", "memory:", "--to", Target)).ShouldExitWith(ExitCodes.Ok);

        result.Output.ShouldStartWith("Copied 3 threads (");
        result.Output.ShouldEndWith("; 0 there already.\n");
        foreach (var thread in new[] { "a", "b" })
        {
            (await _tool.RunAsync("log", thread, "--store", Target, "--json")).Output.ShouldBe((await _tool.RunAsync("log", thread, "--json")).Output);
        }

        (await _tool.RunAsync("show", "b", "--tenant", "acme", "--store", Target)).ShouldExitWith(ExitCodes.Ok);
        (await _tool.RunAsync("verify", "--store", Target)).ShouldExitWith(ExitCodes.Ok);
    }

    [Fact]
    public async Task Copy_Again_WritesNothing_AndFromTheStoreOfTheCommandLine()
    {
        await _tool.RunAsync("copy", "--to", Target);

        (await _tool.RunAsync("copy", "--to", Target)).ShouldExitWith(ExitCodes.Ok).Output.ShouldBe("Copied 0 threads (0 commits, 0 bytes); 3 there already.\n");
    }

    [Fact]
    public async Task Copy_OfOneThread_OrOfATenant_BringsOnlyThat()
    {
        (await _tool.RunAsync("copy", "--to", Target, "--thread", "a", "--json")).ShouldExitWith(ExitCodes.Ok).Json.GetProperty("copied").GetInt32().ShouldBe(1);
        (await _tool.RunAsync("threads", "--store", Target, "--json")).Json.GetArrayLength().ShouldBe(1);

        (await _tool.RunAsync("copy", "--to", Target, "--tenant", "acme", "--json")).ShouldExitWith(ExitCodes.Ok).Json.GetProperty("copied").GetInt32().ShouldBe(1);
        (await _tool.RunAsync("threads", "--store", Target, "--tenant", "acme", "--json")).Json.GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task Archive_MovesVersions_ThatEveryCommandReadsThere()
    {
        (await _tool.RunAsync("archive", "--archive", Target, "--older-than", "30d")).ShouldExitWith(ExitCodes.Ok).Output.ShouldStartWith("Archived 0 threads;");
        _tool.Time.Advance(TimeSpan.FromDays(60));
        (await _tool.RunAsync("archive", "--archive", Target, "--older-than", "30d", "--dry-run", "--json")).ShouldExitWith(ExitCodes.Ok).Json.GetProperty("archived").GetInt32().ShouldBe(3);

        (await _tool.RunAsync("archive", "--archive", Target, "--older-than", "30d")).ShouldExitWith(ExitCodes.Ok).Output.ShouldBe("Archived 3 threads; 0 were changed meanwhile and stay, 0 could not be moved.\n");

        (await _tool.RunAsync("threads", "--json")).Json.GetArrayLength().ShouldBe(2, "they are listed as before");
        (await _tool.RunAsync("show", "a", "--at", "1", "--archive", Target)).ShouldExitWith(ExitCodes.Ok);
        (await _tool.RunAsync("verify", "--all", "--archive", Target)).ShouldExitWith(ExitCodes.Ok);
        (await _tool.RunAsync("show", "a", "--at", "1")).ShouldExitWith(ExitCodes.Usage).Error.ShouldContain("--archive");
        (await _tool.RunAsync("erase", "a")).ShouldExitWith(ExitCodes.Usage).Error.ShouldContain("--archive");
        (await _tool.RunAsync("erase", "a", "--archive", Target)).ShouldExitWith(ExitCodes.Ok);
        (await _tool.RunAsync("show", "a", "--store", Target)).ShouldExitWith(ExitCodes.NotFound);
    }

    [Fact]
    public async Task Archive_WithoutAUsableArchive_SaysWhatIsMissing()
    {
        (await _tool.RunAsync("archive", "--older-than", "30d")).ShouldExitWith(ExitCodes.Usage).Error.ShouldContain("--archive");
        (await _tool.RunAsync("archive", "--archive", "memory:", "--older-than", "30d")).ShouldExitWith(ExitCodes.Usage).Error.ShouldContain("would be gone");
        (await _tool.RunAsync("archive", "--archive", Target)).ShouldExitWith(ExitCodes.Usage).Error.ShouldContain("--older-than");
    }

    [Fact]
    public async Task Copy_WhereTheTargetHasAnotherThread_SaysSoAndFails()
    {
        await _tool.ChatAsync("something else\n", "--thread", "a", "--store", Target);

        var result = (await _tool.RunAsync("copy", "--to", Target)).ShouldExitWith(ExitCodes.Failed);

        result.Output.ShouldContain("Copied 2 threads");
        result.Output.ShouldContain("1 could not be copied");
        result.Error.ShouldContain("Not copied: a: ");
        var failure = (await _tool.RunAsync("copy", "--to", Target, "--json")).ShouldExitWith(ExitCodes.Failed).Json.GetProperty("failures")[0];
        (failure.GetProperty("thread").GetString(), failure.GetProperty("error").GetString()).ShouldBe(("a", ErrorCodes.CommitConflict));
    }

    [Fact]
    public async Task Copy_ThatCannotBe_IsAUsageError()
    {
        (await _tool.RunAsync("copy")).ShouldExitWith(ExitCodes.Usage).Error.ShouldContain("--to");
        (await _tool.RunAsync("copy", "--from", Target, "--to", "memory:")).ShouldExitWith(ExitCodes.Usage).Error.ShouldContain("There is nothing to copy");
        (await _tool.RunAsync("copy", "--to", "memory:")).ShouldExitWith(ExitCodes.Usage).Error.ShouldContain("would be gone");
        (await _tool.RunAsync("copy", "--to", "holdfast.db")).ShouldExitWith(ExitCodes.Usage);
        (await _tool.RunAsync("copy", "--to", Target, "--thread", "nobody")).ShouldExitWith(ExitCodes.NotFound);
        File.Exists(_directory["copy.db"]).ShouldBeFalse();
    }

    [Fact]
    public async Task Copy_OnATerminal_ShowsABarAndTheSameAnswer()
    {
        var result = (await _tool.RunAsync(new StringReader(""), isInteractive: true, isTerminal: true, "copy", "--to", Target)).ShouldExitWith(ExitCodes.Ok);

        result.Output.ShouldContain("Copied 3 threads");
    }

    [Fact]
    public async Task Copy_FromAStoreThatFails_SaysSo()
    {
        var log = new FaultInjectingLog(_tool.Store.CommitLog);
        log.Every(LogCall.Read).FailsAfter();
        _tool.Log = log;

        (await _tool.RunAsync("copy", "--to", Target)).ShouldExitWith(ExitCodes.StoreUnavailable);
    }
}
