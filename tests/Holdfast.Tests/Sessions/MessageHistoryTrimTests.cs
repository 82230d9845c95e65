using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Sessions;

public sealed class MessageHistoryTrimTests
{
    private readonly TestStore _test = new();

    [Fact]
    public async Task KeepLast_HidesTheOlderMessages_AndEarlierVersionsHaveThem()
    {
        await _test.CommitAsync("a", session => session.Say("1", "2", "3"));
        var commit = await _test.CommitAsync("a", session => session.History.KeepLast(2));

        (commit.ChangedHistory, commit.MessageCount).ShouldBe((true, 0));
        (await _test.TextsAsync("a")).ShouldBe(["2", "3"]);
        (await _test.Store.Thread("a").GetInfoAsync())!.MessageCount.ShouldBe(2);
        (await _test.Store.LoadAsync("a", 1))!.Messages.Texts().ShouldBe(["1", "2", "3"]);
        await _test.CommitAsync("a", session => session.Say("4"));
        (await _test.TextsAsync("a")).ShouldBe(["2", "3", "4"]);
    }

    [Fact]
    public async Task KeepLast_BeforeTheCommit_ShowsWhatWillBeLeft()
    {
        await _test.CommitAsync("a", session => session.Say("1", "2", "3"));
        var session = await _test.Store.OpenAsync("a");
        session.Say("4");
        session.History.KeepLast(2);
        session.Say("5");

        (await session.History.TextsAsync()).ShouldBe(["3", "4", "5"]);
        (await session.History.LastAsync(10)).Texts().ShouldBe(["3", "4", "5"]);
        (await session.History.PageAsync(2)).Messages.Texts().ShouldBe(["4", "5"]);
        session.History.Count.ShouldBe(3);
        await session.CommitAsync();
        (await _test.TextsAsync("a")).ShouldBe(["3", "4", "5"]);
    }

    [Fact]
    public async Task KeepLast_SeveralTimes_KeepsTheLeast()
    {
        await _test.CommitAsync("a", session => session.Say("1", "2", "3", "4", "5"));
        await _test.CommitAsync("a", session =>
        {
            session.History.KeepLast(3);
            session.Say("6");
            session.History.KeepLast(4);
            session.Say("7", "8");
            session.History.KeepLast(int.MaxValue);
        });

        (await _test.TextsAsync("a")).ShouldBe(["3", "4", "5", "6", "7", "8"]);
    }

    [Fact]
    public async Task KeepLast_InTheMiddleOfACommit_StartsThere()
    {
        await _test.CommitAsync("a", session => session.Say("1", "2", "3", "4", "5"));
        await _test.CommitAsync("a", session => session.Say("6", "7", "8"));
        await _test.CommitAsync("a", session => session.History.KeepLast(5));
        await _test.CommitAsync("a", session => session.History.KeepLast(2));

        (await _test.TextsAsync("a")).ShouldBe(["7", "8"]);
        (await _test.Store.LoadAsync("a", 3))!.Messages.Texts().ShouldBe(["4", "5", "6", "7", "8"]);
    }

    [Theory, InlineData(0), InlineData(-1)]
    public async Task KeepLast_OfLessThanOne_IsRefused(int count)
    {
        var session = await _test.Store.OpenAsync("a");

        Should.Throw<ArgumentOutOfRangeException>(() => session.History.KeepLast(count));
    }

    [Fact]
    public async Task KeepLast_BetweenACallAndItsResult_LooksTheSameBeforeAndAfterTheCommit()
    {
        await _test.CommitAsync("a", session => session.History.AddRange([new(ChatRole.User, "u"), Conversations.Call("a"), Conversations.Result("a")]));
        var session = await _test.Store.OpenAsync("a");
        session.History.KeepLast(1);

        (await session.History.LastAsync(10)).Names().ShouldBe(["call a", "result a"]);
        await session.CommitAsync();

        session.History.Count.ShouldBe(2);
        (await session.History.LastAsync(10)).Names().ShouldBe(["call a", "result a"]);
        (await (await _test.Store.OpenAsync("a")).History.LastAsync(10)).Names().ShouldBe(["call a", "result a"]);
    }

    [Fact]
    public async Task KeepLast_OfACallWhoseResultIsAddedAfterIt_KeepsBoth()
    {
        await _test.CommitAsync("a", session => session.History.AddRange([new(ChatRole.User, "u"), Conversations.Call("a"), Conversations.Call("b")]));
        await _test.CommitAsync("a", session =>
        {
            session.History.KeepLast(1);
            session.History.Add(Conversations.Result("a"));
        });

        (await (await _test.Store.OpenAsync("a")).History.LastAsync(10)).Names().ShouldBe(["call a", "call b", "result a"]);
    }

    [Fact]
    public async Task KeepLast_WithResultsThatHaveNoCall_StillCuts()
    {
        await _test.CommitAsync("a", session => session.History.AddRange(
            [.. Enumerable.Range(0, 600).Select(i => new ChatMessage(ChatRole.User, "old")), Conversations.Call("a"), Conversations.Result("a"), new(ChatRole.User, "u"), Conversations.Result("orphan")]));
        await _test.CommitAsync("a", session => session.History.KeepLast(3));

        (await (await _test.Store.OpenAsync("a")).History.LastAsync(10)).Names().ShouldBe(["u", "result orphan"]);
    }

    [Fact]
    public async Task Clear_HidesEverything_AndEarlierVersionsHaveIt()
    {
        await _test.CommitAsync("a", session => session.Say("1", "2"));
        var session = await _test.Store.OpenAsync("a");
        session.Say("dropped");
        session.History.Clear();
        (await session.History.TextsAsync()).ShouldBeEmpty();
        session.Say("3");
        await session.CommitAsync();

        (await _test.TextsAsync("a")).ShouldBe(["3"]);
        (await _test.Store.LoadAsync("a", 1))!.Messages.Texts().ShouldBe(["1", "2"]);
        (await _test.BodiesAsync("a"))[1].ShouldNotContain("dropped");
    }

    [Fact]
    public async Task Clear_WithVariables_LeavesThem()
    {
        await _test.CommitAsync("a", session =>
        {
            session.Say("1");
            session.Variables.Set("x", 1);
        });
        await _test.CommitAsync("a", session => session.History.Clear());

        var session = await _test.Store.OpenAsync("a");
        (session.History.Count, session.Variables.Count).ShouldBe((0, 1));
    }
}
