using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.Cli.Tests.Commands;

public sealed class LogCommandTests : IAsyncDisposable
{
    private readonly Tool _tool = new();

    public ValueTask DisposeAsync() => _tool.DisposeAsync();

    [Fact]
    public async Task Log_AThread_ListsItsCommitsNewestFirst()
    {
        var session = await _tool.Store.OpenAsync("t", new() { Agent = "Billing" });
        session.Variables.Set("a", 1);
        session.Status = ThreadStatus.Thinking;
        await session.CommitAsync("begin");
        _tool.Time.Advance(TimeSpan.FromSeconds(1));
        session.Variables.Remove("a");
        await session.CommitAsync();
        await _tool.Store.Thread("t").DeleteAsync();
        await _tool.Store.Thread("t").RestoreDeletedAsync();

        var log = (await _tool.RunAsync("log", "t", "--json")).ShouldExitWith(0).Json;

        log.EnumerateArray().Select(commit => commit.GetProperty("version").GetInt64()).ShouldBe([4, 3, 2, 1]);
        log[3].EnumerateObject().Select(member => member.Name).ShouldBe(
        [
            "version", "commitId", "at", "by", "agent", "reason", "status", "messageCount", "set", "removed", "deleted", "restores", "turn", "tags", "changedHistory", "isKeyframe", "isDropped", "bytes",
        ]);
        log[3].GetProperty("reason").GetString().ShouldBe("begin");
        log[3].GetProperty("status").GetString().ShouldBe("thinking");
        log[3].GetProperty("set")[0].GetString().ShouldBe("variables/a");
        log[2].GetProperty("removed")[0].GetString().ShouldBe("variables/a");
        log[2].GetProperty("at").GetString().ShouldBe("2026-11-21T08:00:01.000Z");
        log[1].GetProperty("deleted").GetBoolean().ShouldBeTrue();
        log[0].GetProperty("deleted").GetBoolean().ShouldBeFalse();

        var text = (await _tool.RunAsync("log", "t")).ShouldExitWith(0);
        text.Lines.Length.ShouldBe(5);
        text.Lines[4].ShouldContain("variables/a, agent Billing");
        text.Lines[3].ShouldContain("-variables/a");
        text.Lines[2].ShouldContain("deleted");
        (await _tool.RunAsync("log", "t", "--limit", "1", "--json")).Json.GetArrayLength().ShouldBe(1);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Log_OfADamagedThread_ListsWhatComesBeforeTheDamage(bool json)
    {
        await _tool.Store.UpdateAsync("t", session => session.Variables.Set("a", 1));
        await _tool.Store.UpdateAsync("t", session => session.Variables.Set("a", 2));
        var log = new FaultInjectingLog(_tool.Store.CommitLog);
        log.Every(LogCall.Read).FailsAfter(new CorruptStateException(ThreadKey.Of("t"), 2, "it was changed."));
        _tool.Log = log;

        var result = await _tool.RunAsync(["log", "t", "--oldest-first", .. json ? ["--json"] : Array.Empty<string>()]);

        result.ShouldExitWith(7).Error.ShouldContain("corrupt-state");
        result.Lines.Count(line => line.StartsWith("1 ", StringComparison.Ordinal)).ShouldBe(json ? 0 : 1);
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(88, false)]
    public async Task Log_OnATerminal_IsATableWhereItFits(int width, bool isTable)
    {
        await _tool.Store.UpdateAsync("t", session =>
        {
            foreach (var name in new[] { "one", "two", "three", "four", "five", "six" })
            {
                session.Variables.Set(name, 1);
            }
        });
        _tool.Width = width;

        var output = (await _tool.RunAsync(TextReader.Null, isInteractive: true, isTerminal: true, "log", "t")).ShouldExitWith(0).Output;

        output.Contains('╭', StringComparison.Ordinal).ShouldBe(isTable);
        output.ShouldContain("2026-11-21T08:00:00.000Z");
        output.ShouldContain("variables/six");
    }

    [Fact]
    public async Task Log_NoThread_IsNotFound() => (await _tool.RunAsync("log", "t")).ShouldExitWith(3).Error.ShouldContain("error[thread-not-found]");
}
