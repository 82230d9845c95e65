using Holdfast.Logs;
using Holdfast.Testing;
using Microsoft.Extensions.AI;

namespace Holdfast.Cli.Tests.Commands;

public sealed class MaintenanceCommandsTests : IAsyncDisposable
{
    private readonly Tool _tool = new();

    public ValueTask DisposeAsync() => _tool.DisposeAsync();

    private async Task ArrangeAsync(string thread = "t") => await _tool.Store.UpdateAsync(thread, session => session.Variables.Set("x", 1));

    [Fact]
    public async Task Delete_ThenRestore_BringsTheThreadBack()
    {
        await ArrangeAsync();

        (await _tool.RunAsync("delete", "t")).ShouldExitWith(0).Output.ShouldContain("`holdfast restore-deleted t`");
        var error = (await _tool.RunAsync("show", "t")).ShouldExitWith(3).Error;
        error.ShouldContain("was deleted");
        error.ShouldContain("hint: `holdfast restore-deleted t` brings it back.");
        (await _tool.RunAsync("delete", "t")).ShouldExitWith(3);
        (await _tool.RunAsync("log", "t")).ShouldExitWith(3).Error.ShouldContain("was deleted");
        (await _tool.ChatAsync("hello\n", "--thread", "t")).ShouldExitWith(3);

        (await _tool.RunAsync("restore-deleted", "t", "--json")).ShouldExitWith(0).Json.GetProperty("restored").GetBoolean().ShouldBeTrue();
        (await _tool.RunAsync("show", "t")).ShouldExitWith(0);
        (await _tool.RunAsync("restore-deleted", "t")).ShouldExitWith(3).Error.ShouldContain("not deleted");
    }

    [Fact]
    public async Task Redact_ShowsWhereItIs_Asks_AndRemovesIt()
    {
        var session = await _tool.Store.OpenAsync("t");
        session.Variables.Set("card", "4711-SECRET");
        await session.CommitAsync("told 4711-SECRET");

        (await _tool.RunAsync("redact", "t")).ShouldExitWith(2).Error.ShouldContain("Nothing says what is to go.");
        (await _tool.RunAsync("redact", "t", "--pattern", "(")).ShouldExitWith(2).Error.ShouldContain("regular expression");
        (await _tool.RunAsync("redact", "t", "--key", "card")).ShouldExitWith(2).Error.ShouldContain("not a section and a key");
        (await _tool.RunAsync("redact", "missing", "--pattern", "x", "--yes")).ShouldExitWith(3);
        var plan = (await _tool.RunAsync("redact", "t", "--pattern", "4711-[A-Z]+", "--dry-run", "--json")).ShouldExitWith(0).Json;
        plan.GetProperty("places")[0].GetProperty("where").GetArrayLength().ShouldBe(2);
        (await _tool.RunAsync("redact", "t", "--pattern", "4711-[A-Z]+")).ShouldExitWith(2).Error.ShouldContain("nobody can be asked");
        (await _tool.RunAsync(new StringReader("n\n"), isInteractive: true, isTerminal: false, "redact", "t", "--pattern", "4711-[A-Z]+")).ShouldExitWith(1).Error.ShouldContain("cannot be brought back");
        (await _tool.Store.LoadAsync("t"))!.Version.ShouldBe(1);

        (await _tool.RunAsync("redact", "t", "--pattern", "4711-[A-Z]+", "--reason", "card", "--yes")).ShouldExitWith(0).Output.ShouldBe("Changed 1 versions:\n  version 1 of 't': reason, set\n");
        (await _tool.RunAsync("log", "t")).ShouldExitWith(0).Output.ShouldNotContain("SECRET");
        (await _tool.RunAsync("verify", "t")).ShouldExitWith(0);
        (await _tool.RunAsync("redact", "t", "--key", "variables/card", "--yes")).ShouldExitWith(0);
        (await _tool.Store.LoadAsync("t"))!.Variables.ShouldBeEmpty();
    }

    /// <summary>A recovery that was cut off holds the thread as it was, and so does a redaction that was cut off after its last version.</summary>
    [Fact]
    public async Task Redact_WhereNoVersionHasItAnyMore_StillEndsWhatWasCutOff()
    {
        using var directory = new TemporaryDirectory();
        await using (var log = new FileCommitLog(new() { Directory = directory.Path }))
        {
            await using var store = new AgentStateStore(log);
            foreach (var text in new[] { "4711-SECRET", "2", "damaged" })
            {
                await store.UpdateAsync("t", session => session.History.Add(ChatRole.User, text));
            }
        }

        foreach (var file in Directory.GetFiles(directory.Path, "*", SearchOption.AllDirectories))
        {
            await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace("\"damaged\"", "\"DAMAGED\"", StringComparison.Ordinal));
        }

        var faults = new FaultInjectingLog(new FileCommitLog(new() { Directory = directory.Path }));
        await using (var store = new AgentStateStore(faults))
        {
            faults.Nth(2, LogCall.Erase).FailsBefore();
            await Should.ThrowAsync<StoreUnavailableException>(async () => await store.Thread("t").RecoverAsync(new() { Quarantine = new MemoryStream() }));
            faults.Next(LogCall.Erase).FailsBefore();
            await Should.ThrowAsync<StoreUnavailableException>(async () => await store.Thread("t").RedactAsync(new() { Pattern = "4711-[A-Z]+" }));
            (await store.Thread("t").PlanRedactionAsync(new() { Pattern = "4711-[A-Z]+" }))!.IsEmpty.ShouldBeTrue();
        }

        await faults.DisposeAsync();
        (await IsThereAsync()).ShouldBeTrue();

        (await _tool.RunAsync("redact", "t", "--pattern", "4711-[A-Z]+", "--store", $"file:{directory.Path}")).ShouldExitWith(0).Output.ShouldBe("Changed 0 versions.\n");

        (await IsThereAsync()).ShouldBeFalse();

        async Task<bool> IsThereAsync()
            => (await Task.WhenAll(Directory.GetFiles(directory.Path, "*", SearchOption.AllDirectories).Select(file => File.ReadAllTextAsync(file)))).Any(text => text.Contains("SECRET", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Trim_ShowsThePlan_Asks_AndDropsWhatNothingNeeds()
    {
        var session = await _tool.Store.OpenAsync("t");
        for (var i = 0; i < 600; i++)
        {
            session.Variables.Set("x", new string('x', 200) + i);
            await session.CommitAsync();
        }

        _tool.Time.Advance(TimeSpan.FromDays(3));
        (await _tool.RunAsync("trim", "t")).ShouldExitWith(2).Error.ShouldContain("Nothing says what is kept.");
        (await _tool.RunAsync("trim", "t", "--keep-versions", "10", "--dry-run")).ShouldExitWith(0).Output.ShouldContain("\n  from version 345: the newest 256 versions stay\n");
        var plan = (await _tool.RunAsync("trim", "t", "--keep-versions", "10", "--dry-run", "--json")).ShouldExitWith(0).Json;
        plan.GetProperty("reasons")[0].GetProperty("text").GetString().ShouldBe("the newest 256 versions stay");
        (await _tool.RunAsync("trim", "t", "--keep-versions", "10")).ShouldExitWith(2).Error.ShouldContain("nobody can be asked");
        (await _tool.RunAsync(new StringReader("n\n"), isInteractive: true, isTerminal: false, "trim", "t", "--keep-versions", "10")).ShouldExitWith(1).Error.ShouldContain("cannot be brought back");
        (await _tool.Store.Thread("t").GetInfoAsync())!.FirstVersion.ShouldBe(1);

        (await _tool.RunAsync("trim", "t", "--keep-versions", "10", "--yes")).ShouldExitWith(0).Output.ShouldStartWith($"Dropped versions 1 to {plan.GetProperty("keepFrom").GetInt64() - 1} of 't'.");
        (await _tool.RunAsync("verify", "t")).ShouldExitWith(0);
        (await _tool.RunAsync("show", "t", "--at", "2")).ShouldExitWith(3).Error.ShouldContain("by retention");
        (await _tool.RunAsync("trim", "--keep-for", "1d", "--yes")).ShouldExitWith(0).Output.ShouldBe("Dropped 0 versions and hid 0 messages of 0 of 1 threads; 0 could not be trimmed.\n");
    }

    [Fact]
    public async Task EraseUser_CountsFirst_AndThenRemovesEverythingOfTheUser()
    {
        await _tool.Store.UpdateAsync(
            "t",
            session =>
            {
                session.Variables.Set("x", 1);
                session.User.Set("city", "Oslo");
            },
            new() { UserId = "ann" });
        await ArrangeAsync("u");

        (await _tool.RunAsync("erase-user", "ann", "--dry-run")).ShouldExitWith(0).Output.ShouldBe(
            "Would remove 1 threads of 'ann', 0 forks of them, 0 that were kept for forks, and the variables.\n");
        var json = (await _tool.RunAsync("erase-user", "ann", "--json")).ShouldExitWith(0).Json;
        json.EnumerateObject().Select(member => $"{member.Name}={member.Value.GetRawText()}")
            .ShouldBe(["user=\"ann\"", "threads=1", "forks=0", "trunks=0", "variables=true", "unreadable=0", "dryRun=false"]);
        (await _tool.Store.ListAsync().Select(thread => thread.Id.Value).ToListAsync()).ShouldBe(["u"]);
        (await _tool.RunAsync("erase-user", "")).ShouldExitWith(2);
    }

    [Fact]
    public async Task Children_AreListed_AndErasedWithTheirParent()
    {
        await ArrangeAsync();
        await ArrangeAsync("u");
        await using (await _tool.Store.Thread("t").Child("research").AcquireAsync())
        {
        }

        var child = (await _tool.RunAsync("threads", "--parent", "t", "--json")).ShouldExitWith(0).Json.EnumerateArray().Single();
        (child.GetProperty("thread").GetString(), child.GetProperty("parent").GetString()).ShouldBe(("t/research", "t"));
        (await _tool.RunAsync("threads", "--parent", "u")).ShouldExitWith(0).Output.ShouldBe("No threads.\n");
        (await _tool.RunAsync("erase", "t", "--children")).ShouldExitWith(0).Output.ShouldBe("Erased 't' and its children for good.\n");
        (await _tool.Store.ListAsync().Select(thread => thread.Id.Value).ToListAsync()).ShouldBe(["u"]);
    }

    [Fact]
    public async Task Erase_AThread_LeavesNothing()
    {
        await ArrangeAsync();
        await ArrangeAsync("u");
        await _tool.Store.Thread("u").DeleteAsync();

        (await _tool.RunAsync("erase", "t", "--json")).ShouldExitWith(0).Json.GetProperty("erased").GetBoolean().ShouldBeTrue();
        (await _tool.RunAsync("erase", "u")).ShouldExitWith(0).Output.ShouldBe("Erased 'u' for good.\n");
        (await _tool.RunAsync("erase", "t")).ShouldExitWith(3);
        (await _tool.Store.ListAsync(new() { Deleted = DeletedFilter.Include }).ToListAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Extend_AThread_SetsItsExpiry()
    {
        await ArrangeAsync();

        (await _tool.RunAsync("extend", "t", "2h", "--json")).ShouldExitWith(0).Json.GetProperty("expiresAt").GetString().ShouldBe("2026-11-21T10:00:00.000Z");
        (await _tool.RunAsync("extend", "t", "30m")).ShouldExitWith(0).Output.ShouldBe("'t' expires at 2026-11-21T08:30:00.000Z.\n");
        (await _tool.RunAsync("extend", "t", "never")).ShouldExitWith(0).Output.ShouldBe("'t' does not expire.\n");
        (await _tool.RunAsync("extend", "t", "soon")).ShouldExitWith(2).Error.ShouldContain("'soon' is no duration");
        (await _tool.RunAsync("extend", "t")).ShouldExitWith(2);
        (await _tool.RunAsync("extend", "nobody", "2h")).ShouldExitWith(3);
        (await _tool.RunAsync("extend", "t", "90s")).ShouldExitWith(0);
        _tool.Time.Advance(TimeSpan.FromSeconds(90));
        (await _tool.RunAsync("extend", "t", "2h")).ShouldExitWith(3).Error.ShouldContain("error[thread-expired]");
    }

    [Fact]
    public async Task Cleanup_ExpiredAndOldThreads_AreCountedThenRemoved()
    {
        await ArrangeAsync("expired");
        await _tool.Store.Thread("expired").ExtendAsync(TimeSpan.FromMinutes(1));
        await ArrangeAsync("old");
        await _tool.Store.UpdateAsync("waiting", session => session.Status = ThreadStatus.WaitingForInput);
        _tool.Time.Advance(TimeSpan.FromDays(2));
        await ArrangeAsync("new");

        (await _tool.RunAsync("cleanup", "--dry-run")).ShouldExitWith(0).Output.ShouldBe("Would remove 1 expired thread.\n");
        (await _tool.RunAsync("cleanup", "--older-than", "24h", "--dry-run")).ShouldExitWith(0).Output.ShouldBe("Would remove 1 expired and 1 old threads.\n");
        var json = (await _tool.RunAsync("cleanup", "--older-than", "24h", "--json")).ShouldExitWith(0).Json;
        (json.GetProperty("expired").GetInt64(), json.GetProperty("old").GetInt64(), json.GetProperty("dryRun").GetBoolean()).ShouldBe((1, 1, false));
        (await _tool.RunAsync("cleanup", "--older-than", "24h", "--include-waiting")).ShouldExitWith(0).Output.ShouldBe("Removed 0 expired and 1 old threads.\n");
        (await _tool.Store.ListAsync().Select(thread => thread.Id.Value).ToListAsync()).ShouldBe(["new"]);
        (await _tool.RunAsync("cleanup", "--older-than", "x")).ShouldExitWith(2);
    }
}
