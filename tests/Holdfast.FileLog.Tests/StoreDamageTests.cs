using System.Globalization;
using Holdfast.Logs;
using Microsoft.Extensions.AI;

namespace Holdfast.FileLog.Tests;

/// <summary>What a store over a damaged file still gives.</summary>
public sealed class StoreDamageTests : FileLogTest
{
    private static readonly ThreadKey Thread = ThreadKey.Of("chat");

    [Theory]
    [InlineData(5, 4, new long[] { 0, 5 })]
    [InlineData(2, 5, new long[] { 0, 2 })]
    [InlineData(1, 5, new long[] { 0, 1 })]
    [InlineData(0, 0, new long[] { 0, 0 })]
    public async Task Verify_OfADamagedLine_ReportsItAndChecksTheOthers(int damaged, long newestWhole, long[] problems)
    {
        await WriteAsync();
        ChangeLine(damaged, line => line.Replace(damaged == 0 ? "chat" : "turn", "XXXX", StringComparison.Ordinal), Thread);
        await using var store = new AgentStateStore(Open());

        var report = (await store.Thread("chat").VerifyAsync())!;

        report.Problems.Select(problem => problem.Version).ShouldBe(problems);
        (report.Version, report.Entries).ShouldBe((newestWhole, damaged == 0 ? 0 : 4));
        report.Problems.ShouldAllBe(problem => problem.What.Contains(PathOf(Thread)));
        (await store.Thread("nothing").VerifyAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Verify_OfADamagedLineBeforeTheNewestKeyframe_ReportsThatAlone()
    {
        await using var store = new AgentStateStore(Open());
        for (var i = 0; i < 4; i++)
        {
            await store.UpdateAsync("chat", session => session.History.Add(ChatRole.User, $"turn {session.Version} {new string('x', i == 2 ? 31_234 : 5)}"));
        }

        ChangeLine(2, line => line.Replace("turn", "XXXX", StringComparison.Ordinal), Thread);

        var report = (await store.Thread("chat").VerifyAsync())!;

        (report.Version, report.Entries).ShouldBe((4, 3));
        report.Problems.ShouldHaveSingleItem().Version.ShouldBe(2);
        await store.UpdateAsync("chat", session => session.History.Add(ChatRole.User, "more"));
        (await store.Thread("chat").VerifyAsync())!.Version.ShouldBe(5);
    }

    [Fact]
    public async Task Verify_OfACutFile_TellsWhatIsLeft()
    {
        await WriteAsync();
        await using var store = new AgentStateStore(Open());
        await store.UpdateAsync("chat", session => session.History.Add(ChatRole.User, "turn 6"));
        var lines = File.ReadAllLines(PathOf(Thread));
        using (var file = File.OpenWrite(PathOf(Thread)))
        {
            file.SetLength(lines.Take(4).Sum(line => System.Text.Encoding.UTF8.GetByteCount(line) + 1));
        }

        var report = (await store.Thread("chat").VerifyAsync())!;

        (report.Version, report.Entries).ShouldBe((3, 3));
        report.Problems.ShouldHaveSingleItem().What.ShouldContain("version 6 was in it");
    }

    private async Task WriteAsync()
    {
        await using var store = new AgentStateStore(Open());
        for (var i = 1; i <= 5; i++)
        {
            await store.UpdateAsync("chat", session => session.History.Add(ChatRole.User, "turn " + i.ToString(CultureInfo.InvariantCulture)));
        }
    }
}
