using System.Text.Json;
using Microsoft.Extensions.AI;

namespace Holdfast.Cli.Tests.Commands;

public sealed class WatchCommandTests : IAsyncDisposable
{
    private readonly Tool _tool = new();

    public ValueTask DisposeAsync() => _tool.DisposeAsync();

    [Fact]
    public async Task Watch_FromTheBeginning_TellsEachCommitInALine()
    {
        await SayAsync("t", "Hello");
        await SayAsync("t", "Good bye");

        var lines = (await _tool.RunAsync("watch", "t", "--from", "beginning", "--limit", "2", "--json")).ShouldExitWith(0).Lines.Select(line => JsonElement.Parse(line)).ToList();

        lines.Select(line => line.GetProperty("version").GetInt64()).ShouldBe([1, 2]);
        lines[0].EnumerateObject().Select(member => member.Name).ShouldBe(
        [
            "thread", "position", "event", "version", "commitId", "at", "by", "agent", "reason", "status", "messageCount", "set", "removed", "deleted", "restores", "turn", "tags", "changedHistory", "isKeyframe", "isDropped", "bytes", "messages",
        ]);
        lines[1].GetProperty("messages")[0].GetProperty("contents")[0].GetProperty("text").GetString().ShouldBe("Good bye");
        var text = (await _tool.RunAsync("watch", "t", "--from", "beginning", "--limit", "1")).ShouldExitWith(0);
        text.Lines.ShouldBe(["1 2026-11-21T08:00:00.000Z - +1", "    user: Hello"]);
        text.Error.ShouldContain($"holdfast watch t --from {lines[0].GetProperty("position").GetString()}");
    }

    [Fact]
    public async Task Watch_AfterAPosition_GoesOnThere_WithWhatIsCommittedMeanwhile()
    {
        await SayAsync("t", "1");
        var position = (await _tool.Store.Thread("t").GetInfoAsync())!.Position;
        var watching = _tool.RunAsync("watch", "t", "--from", position.ToString(), "--limit", "2", "--json");
        await SayAsync("t", "2");
        await SayAsync("t", "3");

        var told = (await watching).ShouldExitWith(0).Lines.Select(line => JsonElement.Parse(line).GetProperty("version").GetInt64());

        told.ShouldBe([2, 3]);
    }

    [Fact]
    public async Task Watch_ThatIsInterrupted_EndsWithoutFailure()
    {
        await SayAsync("t", "1");
        var watching = _tool.RunAsync("watch", "t");

        _tool.Interruption.Interrupt(2);

        (await watching).ShouldExitWith(0).Output.ShouldBeEmpty();
    }

    [Fact]
    public async Task Watch_OfAThreadThatWasErased_EndsWithThat()
    {
        await SayAsync("t", "1");
        var position = (await _tool.Store.Thread("t").GetInfoAsync())!.Position;
        await _tool.Store.Thread("t").EraseAsync();

        (await _tool.RunAsync("watch", "t", "--from", position.ToString())).ShouldExitWith(0).Lines.ShouldBe(["the thread was erased"]);
    }

    [Fact]
    public async Task Watch_OfAll_TellsWhichThreadsChange()
    {
        await SayAsync("a", "1");
        await SayAsync("b", "1");

        var lines = (await _tool.RunAsync("watch", "--all", "--from", "beginning", "--limit", "2", "--json")).ShouldExitWith(0).Lines.Select(line => JsonElement.Parse(line)).ToList();

        lines.Select(line => line.GetProperty("thread").GetString()).ShouldBe(["a", "b"]);
        ThreadPosition.TryParse(lines[0].GetProperty("threadPosition").GetString(), out _).ShouldBeTrue();
        ChangesPosition.TryParse(lines[1].GetProperty("position").GetString(), out _).ShouldBeTrue();
        (await _tool.RunAsync("watch", "--all", "--from", "beginning", "--limit", "1")).ShouldExitWith(0).Lines[0].ShouldBe("a 1 2026-11-21T08:00:00.000Z idle - -");
    }

    [Theory]
    [InlineData("watch")]
    [InlineData("watch", "t", "--all")]
    [InlineData("watch", "t", "--from", "nowhere")]
    [InlineData("watch", "t", "--from", "c1-1-1")]
    [InlineData("watch", "--all", "--from", "7-01934b2c7d5e7abc8def000000000001-35aece7a78503ce6")]
    public async Task Watch_OfWhatItIsNot_IsRefused(params string[] args) => (await _tool.RunAsync(args)).ShouldExitWith(2);

    [Fact]
    public async Task Watch_AfterAPositionThatTheThreadNeverWasAt_IsRefused()
    {
        await SayAsync("t", "1");
        var position = (await _tool.Store.Thread("t").GetInfoAsync())!.Position;

        (await _tool.RunAsync("watch", "t", "--from", (position with { Version = 7 }).ToString())).ShouldExitWith(4).Error.ShouldContain("unknown-position");
    }

    private async Task SayAsync(ThreadId thread, string text) => await _tool.Store.UpdateAsync(thread, session => session.History.Add(ChatRole.User, text));
}
