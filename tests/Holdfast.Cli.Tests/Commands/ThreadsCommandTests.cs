using System.Text.RegularExpressions;

namespace Holdfast.Cli.Tests.Commands;

public sealed partial class ThreadsCommandTests : IAsyncDisposable
{
    private readonly Tool _tool = new();

    public ValueTask DisposeAsync() => _tool.DisposeAsync();

    private async Task ArrangeAsync()
    {
        await _tool.Store.UpdateAsync("a", session => session.Metadata.Set("topic", "tea"), new() { UserId = "ann", Agent = "Billing" });
        _tool.Time.Advance(TimeSpan.FromMinutes(5));
        await _tool.Store.UpdateAsync("b", session => session.Status = ThreadStatus.WaitingForApproval, new() { UserId = "bob" });
        _tool.Time.Advance(TimeSpan.FromHours(3));
    }

    [Fact]
    public async Task Threads_NoThreads_SaysSo()
    {
        (await _tool.RunAsync("threads")).ShouldExitWith(0).Output.ShouldBe("No threads.\n");
        (await _tool.RunAsync("threads", "--json")).ShouldExitWith(0).Json.GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Threads_Some_AreListedNewestFirst()
    {
        await ArrangeAsync();
        await _tool.Store.Thread("a").ExtendAsync(TimeSpan.FromHours(2));

        (await _tool.RunAsync("threads")).ShouldExitWith(0).Lines.Select(line => line.TrimEnd()).ShouldBe(
        [
            "Thread Version Messages Status               Agent   User Updated Expires",
            "b      1       0        waiting_for_approval -       bob  3 h ago never",
            "a      1       0        idle                 Billing ann  3 h ago in 2 h",
        ]);
    }

    [Fact]
    public async Task Threads_OnATerminal_AreATable()
    {
        await ArrangeAsync();

        var result = await _tool.RunAsync(TextReader.Null, isInteractive: true, isTerminal: true, "threads");

        result.ShouldExitWith(0).Output.ShouldContain("╭");
        result.Output.ShouldContain("waiting_for_approval");
    }

    [Theory]
    [InlineData(40)]
    [InlineData(60)]
    [InlineData(90)]
    public async Task Threads_OnATerminalTooNarrowForATable_AreAListOfWholeWords(int width)
    {
        await ArrangeAsync();
        _tool.Width = width;

        var lines = Ansi().Replace((await _tool.RunAsync(TextReader.Null, isInteractive: true, isTerminal: true, "threads")).ShouldExitWith(0).Output, "").Split('\n');

        lines.ShouldAllBe(line => line.TrimEnd().Length <= width);
        lines[0].ShouldBe("Thread b");
        string.Join(' ', lines.Select(line => line.Trim())).ShouldBe(
            "Thread b version 1 · messages 0 · status waiting_for_approval · user bob · updated 3 h ago · expires never " +
            "Thread a version 1 · messages 0 · status idle · agent Billing · user ann · updated 3 h ago · expires never ");
    }

    [Fact]
    public async Task Threads_ALongIdOnAWideTerminal_IsNotTornByATable()
    {
        await ArrangeAsync();
        var id = "user-" + new string('4', 60);
        await _tool.Store.UpdateAsync(id, session => session.Variables.Set("x", 1));

        (await _tool.RunAsync(TextReader.Null, isInteractive: true, isTerminal: true, "threads")).ShouldExitWith(0).Output.ShouldContain(id);
    }

    [Fact]
    public async Task Threads_Json_HasStableMembers()
    {
        await ArrangeAsync();

        var threads = (await _tool.RunAsync("threads", "--json")).ShouldExitWith(0).Json;

        threads.EnumerateArray().Select(thread => thread.GetProperty("thread").GetString()).ShouldBe(["b", "a"]);
        var thread = threads[1];
        thread.EnumerateObject().Select(member => member.Name).ShouldBe(
            ["thread", "version", "status", "agent", "user", "parent", "messageCount", "createdAt", "updatedAt", "expiresAt", "deletedAt", "metadata"]);
        thread.GetProperty("createdAt").GetString().ShouldBe("2026-11-21T08:00:00.000Z");
        thread.GetProperty("metadata").GetProperty("topic").GetString().ShouldBe("tea");
        thread.GetProperty("agent").GetString().ShouldBe("Billing");
        threads[0].GetProperty("status").GetString().ShouldBe("waiting_for_approval");
    }

    [Theory]
    [InlineData("a", "--user", "ann")]
    [InlineData("b", "--status", "waiting_for_approval")]
    [InlineData("a", "--agent", "Billing")]
    [InlineData("b", "--limit", "1")]
    public async Task Threads_WithAFilter_ListsOnlyThose(string expected, params string[] args)
    {
        await ArrangeAsync();

        var threads = (await _tool.RunAsync(["threads", "--json", .. args])).ShouldExitWith(0).Json;

        threads.EnumerateArray().Select(thread => thread.GetProperty("thread").GetString()).ShouldBe([expected]);
    }

    [Fact]
    public async Task Threads_Deleted_AreListedOnDemand()
    {
        await ArrangeAsync();
        await _tool.Store.Thread("a").DeleteAsync();

        (await _tool.RunAsync("threads", "--json")).Json.GetArrayLength().ShouldBe(1);
        var deleted = (await _tool.RunAsync("threads", "--deleted", "--json")).Json;
        deleted[0].GetProperty("thread").GetString().ShouldBe("a");
        deleted[0].GetProperty("deletedAt").GetString().ShouldNotBeNull();
    }

    [Fact]
    public async Task Threads_OfATenant_AreItsOwn()
    {
        await ArrangeAsync();
        await _tool.Store.ForTenant("acme").UpdateAsync("c", session => session.Variables.Set("x", 1));

        (await _tool.RunAsync("threads", "--json", "--tenant", "acme")).Json[0].GetProperty("thread").GetString().ShouldBe("c");
        (await _tool.RunAsync("threads", "--json")).Json.GetArrayLength().ShouldBe(2);
    }

    [GeneratedRegex(@"\u001b\[[0-9;]*m", RegexOptions.None, 1000)]
    private static partial Regex Ansi();
}
