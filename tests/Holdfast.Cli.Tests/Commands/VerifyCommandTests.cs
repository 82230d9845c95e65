using Holdfast.Logs;
using Microsoft.Extensions.AI;

namespace Holdfast.Cli.Tests.Commands;

public sealed class VerifyCommandTests : IAsyncDisposable
{
    private readonly Tool _tool = new();
    private readonly TemporaryDirectory _directory = new();

    public ValueTask DisposeAsync()
    {
        _directory.Dispose();
        return _tool.DisposeAsync();
    }

    [Fact]
    public async Task Verify_IntactThreads_SaysSo()
    {
        await _tool.Store.UpdateAsync("a", session => session.History.Add(ChatRole.User, "hi"));
        await _tool.Store.UpdateAsync("a", session => session.History.Add(ChatRole.User, "hi"));
        await _tool.Store.UpdateAsync("b", session => session.History.Add(ChatRole.User, "hi"));
        await _tool.Store.Thread("b").DeleteAsync();

        (await _tool.RunAsync("verify", "a")).ShouldExitWith(0).Output.ShouldBe("a: intact, 2 entries.\n");
        (await _tool.RunAsync("verify")).ShouldExitWith(0).Output.ShouldBe("2 threads, 4 entries: all intact.\n");
        var json = (await _tool.RunAsync("verify", "--json")).ShouldExitWith(0).Json;
        json.GetArrayLength().ShouldBe(2);
        json[0].EnumerateObject().Select(member => member.Name).ShouldBe(["thread", "version", "entries", "isIntact", "problems", "pendingRedactions"]);
        (await _tool.RunAsync("verify", "nobody")).ShouldExitWith(3);
    }

    [Fact]
    public async Task Verify_NoThreads_IsNoProblem() => (await _tool.RunAsync("verify")).ShouldExitWith(0).Output.ShouldBe("0 threads, 0 entries: all intact.\n");

    [Fact]
    public async Task Verify_All_ReadsEverythingThatIsStored_AndContinues()
    {
        await _tool.Store.UpdateAsync("a", session => session.User.Set("city", "Oslo"), new OpenOptions { UserId = "ann" });
        await _tool.Store.ForTenant("acme").UpdateAsync("b", session => session.History.Add(ChatRole.User, "hi"));

        (await _tool.RunAsync("verify", "--all")).ShouldExitWith(0).Output.ShouldBe("2 threads, 2 entries: all intact.\n");
        var json = (await _tool.RunAsync("verify", "--all", "--tenant", "acme", "--json", "--parallel", "2")).ShouldExitWith(0).Json;
        json.EnumerateObject().Select(member => member.Name).ShouldBe(["threads", "entries", "isIntact", "damaged", "pending", "unreadable"]);
        json.GetProperty("threads").GetInt32().ShouldBe(1);
        (await _tool.RunAsync("verify", "--all", "--continue", "users:")).ShouldExitWith(0).Output.ShouldBe("1 thread, 1 entry: all intact.\n", "the variables of Ann");
        (await _tool.RunAsync("verify", "--all", "--continue", "nonsense")).ShouldExitWith(2);
        (await _tool.RunAsync("verify", "a", "--all")).ShouldExitWith(2);
        (await _tool.RunAsync("verify", "--parallel", "2")).ShouldExitWith(2);
        (await _tool.RunAsync("verify", "--all", "--parallel", "1000")).ShouldExitWith(2);
    }

    [Fact]
    public async Task WhateverGoesOverAllThreads_SaysThatOneWhoseHeadCannotBeReadWasLeftOut()
    {
        var store = $"file:{_directory["threads"]}";
        (await _tool.ChatAsync("one\n", "--store", store, "--thread", "bad")).ShouldExitWith(0);
        var file = Directory.GetFiles(_directory["threads"], "*.jsonl", SearchOption.AllDirectories).Single(path => File.ReadAllText(path).Contains("\"text\":\"one\"", StringComparison.Ordinal));
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace("\"holdfast\":1,\"space\"", "\"holdfast\":1,\"spice\"", StringComparison.Ordinal));

        (await _tool.RunAsync("verify", "--all", "--store", store)).ShouldExitWith(1);
        (await _tool.RunAsync("erase-user", "ann", "--store", store)).ShouldExitWith(1).Error.ShouldContain("1 damaged threads may be of 'ann' too");
        (await _tool.RunAsync("cleanup", "--store", store)).ShouldExitWith(1).Output.ShouldContain("1 could not be looked after");
        (await _tool.RunAsync("trim", "--keep-versions", "1", "--yes", "--json", "--store", store)).ShouldExitWith(1).Json.GetProperty("failed").GetInt64().ShouldBe(1);
        (await _tool.RunAsync("export", _directory["all.jsonl"], "--store", store)).ShouldExitWith(1);
    }

    [Fact]
    public async Task VerifyAndCheck_OfAThreadThatNoListingShows_DoNotSayThatAllIsWell()
    {
        var directory = _directory["threads"];
        var store = $"file:{directory}";
        (await _tool.ChatAsync("one\n", "bad", "--store", store)).ShouldExitWith(0);
        (await _tool.ChatAsync("two\n", "good", "--store", store)).ShouldExitWith(0);
        var file = Directory.GetFiles(directory, "bad.jsonl", SearchOption.AllDirectories).Single();
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace("\"holdfast\":1,\"space\"", "\"holdfast\":1,\"spice\"", StringComparison.Ordinal));
        Array.ForEach(Directory.GetFiles(directory, "index.json", SearchOption.AllDirectories), File.Delete);

        var verified = (await _tool.RunAsync("verify", "--store", store)).ShouldExitWith(1).Output;
        verified.ShouldContain($"Not readable: The file '{file}' cannot be read");
        verified.ShouldEndWith("2 threads, 3 entries: 1 damaged.\n");
        (await _tool.RunAsync("verify", "--json", "--store", store)).ShouldExitWith(1).Json.EnumerateArray().Count(thread => !thread.GetProperty("isIntact").GetBoolean()).ShouldBe(1);

        var check = (await _tool.RunAsync("check", "--store", store)).ShouldExitWith(1).Output;
        check.ShouldContain($"The file '{file}' cannot be read");
        check.ShouldEndWith("2 threads: 1 cannot be opened.\n");
        var json = (await _tool.RunAsync("check", "--json", "--store", store)).ShouldExitWith(1).Json;
        (json.GetProperty("threads").GetInt64(), json.GetProperty("failures").GetArrayLength()).ShouldBe((2, 1));
    }

    [Theory]
    [InlineData("verify")]
    [InlineData("verify", "--all")]
    [InlineData("check")]
    [InlineData("erase-user", "ann")]
    [InlineData("cleanup")]
    [InlineData("trim", "--keep-versions", "1", "--yes")]
    [InlineData("archive", "--archive", "file:ARCHIVE", "--older-than", "1d", "--remove-orphans", "--yes")]
    public async Task WhatWouldSayThatAllIsWell_WithoutAStore_SaysThatThereIsNone(params string[] command)
    {
        foreach (var store in new[] { $"sqlite:{_directory["typo.db"]}", $"file:{_directory["typo"]}" })
        {
            string[] words = [.. command.Select(word => word.Replace("ARCHIVE", _directory["archive"], StringComparison.Ordinal)), "--store", store];
            (await _tool.RunAsync(words)).ShouldExitWith(2).Error.ShouldContain("hint: Check --store");
            (await _tool.RunAsync([.. words, "--json"])).ShouldExitWith(2).Output.ShouldBeEmpty();
        }

        Directory.EnumerateFileSystemEntries(_directory.Path).ShouldBeEmpty("nothing is made");
    }

    [Fact]
    public async Task Recover_WhenTheAnswerIsNo_SaysThatNothingWasDone()
    {
        var store = $"file:{_directory["threads"]}";
        (await _tool.ChatAsync("one\n", "bad", "--store", store)).ShouldExitWith(0);
        var file = Directory.GetFiles(_directory["threads"], "bad.jsonl", SearchOption.AllDirectories).Single();
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace("\"text\":\"one\"", "\"text\":\"eno\"", StringComparison.Ordinal));

        foreach (var answer in new[] { "n\n", "\n", "" })
        {
            (await _tool.RunAsync(new StringReader(answer), isInteractive: true, isTerminal: false, "recover", "bad", "--to", _directory["out.jsonl"], "--store", store))
                .ShouldExitWith(1).Error.ShouldContain("error[not-confirmed]: Nothing was done.");
        }

        File.Exists(_directory["out.jsonl"]).ShouldBeFalse();
    }

    [Fact]
    public async Task Verify_ADamagedThread_NamesItAndFailsButChecksTheOthers()
    {
        var store = $"file:{_directory["threads"]}";
        (await _tool.ChatAsync("hello\none\n", "--store", store, "--thread", "bad")).ShouldExitWith(0);
        (await _tool.ChatAsync("two\n", "--store", store, "--thread", "good")).ShouldExitWith(0);
        var file = Directory.GetFiles(_directory["threads"], "*.jsonl", SearchOption.AllDirectories).Single(path => File.ReadAllText(path).Contains("one", StringComparison.Ordinal));
        await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace("\"text\":\"one\"", "\"text\":\"eno\"", StringComparison.Ordinal));

        var result = await _tool.RunAsync("verify", "--store", store);
        result.ShouldExitWith(1).Output.ShouldContain("bad: damaged");
        result.Output.ShouldContain("2 threads");
        result.Output.ShouldContain("1 damaged");
        result.Output.ShouldContain("  `holdfast recover bad` lets it go on from its last good version.\n");
        (await _tool.RunAsync("verify", "--all", "--store", store)).ShouldExitWith(1).Output.ShouldContain("bad: damaged");
        var json = (await _tool.RunAsync("verify", "bad", "--json", "--store", store)).ShouldExitWith(1).Json;
        json[0].GetProperty("isIntact").GetBoolean().ShouldBeFalse();
        json[0].GetProperty("problems")[0].GetProperty("what").GetString().ShouldNotBeNullOrEmpty();

        (await _tool.RunAsync("show", "bad", "--store", store)).ShouldExitWith(7).Error.ShouldContain("error[corrupt-state]");
        (await _tool.ChatAsync("hello\n", "--store", store, "--thread", "bad")).ShouldExitWith(7);
        (await _tool.RunAsync("show", "good", "--store", store)).ShouldExitWith(0);

        // What came before the damage can still be seen, and the rest be given up.
        var earlier = (await _tool.RunAsync("show", "bad", "--at", "2", "--store", store)).ShouldExitWith(0).Output;
        earlier.ShouldContain("hello");
        earlier.ShouldNotContain("eno");
        (await _tool.RunAsync("show", "bad", "--at", "2", "--json", "--store", store)).ShouldExitWith(0).Json.GetProperty("version").GetInt64().ShouldBe(2);
        (await _tool.RunAsync("show", "bad", "--at", "9", "--store", store)).ShouldExitWith(7);

        (await _tool.RunAsync("check", "--store", store)).ShouldExitWith(1).Output.ShouldEndWith("2 threads: 1 cannot be opened.\n");

        // And let it go on from there.
        var to = _directory["taken-out.jsonl"];
        (await _tool.RunAsync("recover", "good", "--store", store)).ShouldExitWith(0).Output.ShouldBe("'good' is intact: there is nothing to recover.\n");
        (await _tool.RunAsync("recover", "bad", "--dry-run", "--store", store)).ShouldExitWith(0).Output.ShouldStartWith("Would keep versions 1 to ");
        var asked = (await _tool.RunAsync("recover", "bad", "--to", to, "--store", store)).ShouldExitWith(2).Error;
        asked.ShouldContain("head: ");
        asked.ShouldContain("Nothing was done: nobody can be asked here.");
        File.Exists(to).ShouldBeFalse();
        (await _tool.RunAsync(new StringReader("yes\n"), isInteractive: true, isTerminal: false, "recover", "bad", "--to", to, "--store", store)).ShouldExitWith(0).Output.ShouldStartWith("Kept versions 1 to ");
        File.ReadLines(to).First().ShouldContain("\"kind\":\"quarantine\"");
        (await _tool.RunAsync("verify", "--all", "--store", store)).ShouldExitWith(0);
        (await _tool.RunAsync("show", "bad", "--store", store)).ShouldExitWith(0).Output.ShouldContain("hello");
        (await _tool.RunAsync("check", "--store", store, "--json")).ShouldExitWith(0).Json.GetProperty("threads").GetInt32().ShouldBe(2);
        (await _tool.RunAsync("recover", "nobody", "--yes", "--to", _directory["none.jsonl"], "--store", store)).ShouldExitWith(3);
    }

    [Fact]
    public async Task Recover_OfVariables_IsWhatVerifyAllProposes()
    {
        var directory = _directory["variables"];
        var store = $"file:{directory}";
        await using (var written = new AgentStateStore(new FileCommitLog(new() { Directory = directory })))
        {
            foreach (var city in new[] { "Bergen", "Oslo" })
            {
                await written.ForTenant("acme").UpdateUserAsync("ann lee", user => user.Set("city", city));
                await written.UpdateAppAsync(app => app.Set("city", city));
            }
        }

        foreach (var file in Directory.GetFiles(directory, "*.jsonl", SearchOption.AllDirectories))
        {
            await File.WriteAllTextAsync(file, (await File.ReadAllTextAsync(file)).Replace("Oslo", "Olso", StringComparison.Ordinal));
        }

        var verified = (await _tool.RunAsync("verify", "--all", "--store", store)).ShouldExitWith(1).Output;
        verified.ShouldContain("  `holdfast recover --user 'ann lee' --tenant acme` lets it go on from its last good version.\n");
        verified.ShouldContain("  `holdfast recover --app` lets it go on from its last good version.\n");

        (await _tool.RunAsync("recover", "--user", "ann lee", "--tenant", "acme", "--dry-run", "--store", store)).ShouldExitWith(0).Output
            .ShouldBe("Would keep version 1 of the variables of user 'ann lee'; 1 at the end would be given up.\n");
        var to = _directory["taken-out.jsonl"];
        var json = (await _tool.RunAsync("recover", "--user", "ann lee", "--tenant", "acme", "--yes", "--to", to, "--json", "--store", store)).ShouldExitWith(0).Json;
        (json.GetProperty("space").GetString(), json.GetProperty("thread").GetString(), json.GetProperty("lastKept").GetInt32()).ShouldBe(("users", "ann lee", 1));
        (await _tool.RunAsync("recover", "--app", "--yes", "--to", _directory["app.jsonl"], "--store", store)).ShouldExitWith(0).Output
            .ShouldStartWith("Kept version 1 of the variables of the application; 1 at the end were given up. What was taken out is in '");
        (await _tool.RunAsync("recover", "--app", "--store", store)).ShouldExitWith(0).Output.ShouldBe("The variables of the application are intact: there is nothing to recover.\n");

        (await _tool.RunAsync("verify", "--all", "--store", store)).ShouldExitWith(0);
        (await _tool.RunAsync("recover", "--user", "bob", "--yes", "--to", _directory["none.jsonl"], "--store", store)).ShouldExitWith(3).Error.ShouldContain("User 'bob' has no variables.");
        (await _tool.RunAsync("recover", "--user", "bob", "--app", "--store", store)).ShouldExitWith(2);
        (await _tool.RunAsync("recover", "a", "--app", "--store", store)).ShouldExitWith(2);
        (await _tool.RunAsync("recover", "--store", store)).ShouldExitWith(2).Error.ShouldContain("Say what is to be recovered");
    }
}
