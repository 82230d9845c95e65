using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Sessions;

public sealed class MessageHistorySummaryTests
{
    private readonly TestStore _test = new();

    [Fact]
    public async Task Summarize_ReplacesTheRange_AndEarlierVersionsHaveAllOfIt()
    {
        await _test.CommitAsync("a", session => session.Say("1", "2", "3", "4"));
        var commit = await SummarizeAsync(..^1, "sum");

        (commit.ChangedHistory, commit.MessageCount).ShouldBe((true, 1));
        (await _test.TextsAsync("a")).ShouldBe(["sum", "4"]);
        (await _test.Store.Thread("a").GetInfoAsync())!.MessageCount.ShouldBe(2);
        (await _test.Store.LoadAsync("a", 1))!.Messages.Texts().ShouldBe(["1", "2", "3", "4"]);
        await _test.CommitAsync("a", session => session.Say("5", "6"));
        (await _test.TextsAsync("a")).ShouldBe(["sum", "4", "5", "6"]);
    }

    [Fact]
    public async Task Summarize_AgainAndAgain_ReplacesTheEarlierSummary_AndStaysSmall()
    {
        for (var i = 0; i < 40; i++)
        {
            await _test.CommitAsync("a", session => session.Say("x", "y", "z"));
            await SummarizeAsync(..^2, "sum" + i);
        }

        (await _test.TextsAsync("a")).ShouldBe(["sum39", "y", "z"]);
        (await _test.Store.OpenAsync("a")).State.State.History.Ranges.Count.ShouldBeLessThanOrEqualTo(3);
    }

    [Fact]
    public async Task Summarize_InTheMiddle_KeepsBothSides()
    {
        await _test.CommitAsync("a", session => session.Say("1", "2"));
        await _test.CommitAsync("a", session => session.Say("3", "4", "5"));
        await SummarizeAsync(1..^2, "sum");

        (await _test.TextsAsync("a")).ShouldBe(["1", "sum", "4", "5"]);
        var page = await (await _test.Store.OpenAsync("a")).History.PageAsync(2);
        page.Messages.Texts().ShouldBe(["4", "5"]);
        (await (await _test.Store.OpenAsync("a")).History.PageAsync(2, page.Older)).Messages.Texts().ShouldBe(["1", "sum"]);
    }

    [Theory]
    [InlineData(0, 4, "6 7|4 5|sum")]
    [InlineData(0, 6, "6 7|sum")]
    [InlineData(0, 7, "6 7|sum")]
    [InlineData(2, 4, "6 7|4 5|1 sum|0")]
    [InlineData(2, 7, "6 7|1 sum|0")]
    [InlineData(6, 7, "6 7|5 sum|3 4|1 2|0")]
    public async Task Summarize_BetweenTwoPages_HidesNothingThatIsOlder(int from, int to, string expected)
    {
        for (var i = 0; i < 8; i++)
        {
            await _test.CommitAsync("a", session => session.Say($"{i}"));
        }

        var page = await (await _test.Store.OpenAsync("a")).History.PageAsync(2);
        var pages = new List<string> { string.Join(' ', page.Messages.Texts()) };
        await SummarizeAsync(from..to, "sum");
        while (page.Older is { } older)
        {
            page = await (await _test.Store.OpenAsync("a")).History.PageAsync(2, older);
            pages.Add(string.Join(' ', page.Messages.Texts()));
        }

        string.Join('|', pages).ShouldBe(expected);
    }

    [Fact]
    public async Task Restore_BetweenTwoPages_ShowsNothingTwice()
    {
        await _test.CommitAsync("a", session => session.Say("1", "2", "3", "4", "5"));
        await SummarizeAsync(..2, "sum");
        var page = await (await _test.Store.OpenAsync("a")).History.PageAsync(2);
        await _test.Store.Thread("a").RestoreAsync(1);

        (await (await _test.Store.OpenAsync("a")).History.PageAsync(2, page.Older)).Messages.Texts().ShouldBe(["2", "3"]);
    }

    [Fact]
    public async Task Summarize_NeverPartsACallFromItsResult()
    {
        await _test.CommitAsync("a", session => session.History.AddRange(
            [new(ChatRole.User, "u"), Conversations.Call("a", "b"), Conversations.Result("a"), Conversations.Result("b"), new(ChatRole.Assistant, "v")]));
        var session = await _test.Store.OpenAsync("a");

        (await session.History.SummarizeAsync(..^2, "sum")).ShouldBe(1);
        (await session.History.LastAsync(10)).Names().ShouldBe(["sum", "call a call b", "result a", "result b", "v"]);
        await session.CommitAsync();
        (await session.History.SummarizeAsync(2..4, "sum")).ShouldBe(0, "the calls are before the range");
        (await session.History.SummarizeAsync(2..5, "sum")).ShouldBe(1, "only the last message has no counterpart before the range");
    }

    [Fact]
    public async Task Summarize_DoesNotCoverACallThatIsOpen()
    {
        await _test.CommitAsync("a", session => session.History.AddRange([new(ChatRole.User, "u"), Conversations.Call("a"), new(ChatRole.User, "v")]));
        await SummarizeAsync(.., "sum");
        await _test.CommitAsync("a", session => session.History.Add(Conversations.Result("a")));

        (await (await _test.Store.OpenAsync("a")).History.ForModelAsync()).Names().ShouldBe(["sum", "call a", "result a", "v"]);
    }

    [Fact]
    public async Task Summarize_DoesNotCoverACallThatIsOpen_HoweverFarBack()
    {
        await _test.CommitAsync("a", session => session.History.AddRange(
            [new(ChatRole.User, "u"), Conversations.Call("a"), .. Enumerable.Range(0, 600).Select(i => new ChatMessage(ChatRole.User, $"{i}")), Conversations.Result("lost"), new(ChatRole.User, "end")]));
        await SummarizeAsync(..^1, "sum");
        await _test.CommitAsync("a", session => session.History.Add(Conversations.Result("a")));

        (await (await _test.Store.OpenAsync("a")).History.ForModelAsync(new() { Last = 10_000 })).Names().Take(3).ShouldBe(["sum", "call a", "result a"]);
    }

    [Fact]
    public async Task Summarize_WhereACallIsOpenThatNobodySees_CoversAll()
    {
        await _test.CommitAsync("a", session => session.History.AddRange([new(ChatRole.User, "u"), Conversations.Call("a"), new(ChatRole.User, "v"), new(ChatRole.User, "w")]));
        await _test.CommitAsync("a", session => session.History.KeepLast(2));
        await SummarizeAsync(.., "sum");

        (await _test.TextsAsync("a")).ShouldBe(["sum"]);
    }

    [Fact]
    public async Task Summarize_AResultWhoseCallIsNowhere_BindsNothing()
    {
        await _test.CommitAsync("a", session => session.History.AddRange([.. Enumerable.Range(0, 600).Select(i => new ChatMessage(ChatRole.User, $"{i}")), Conversations.Result("lost")]));

        await SummarizeAsync(..^1, "sum");

        (await _test.TextsAsync("a")).ShouldBe(["sum", ""]);
    }

    [Fact]
    public async Task Summarize_WhileOthersGoOn_IsMerged()
    {
        await _test.CommitAsync("a", session => session.Say("1", "2", "3"));
        var session = await _test.Store.OpenAsync("a", new() { RebaseOnConflict = true });
        await session.History.SummarizeAsync(..2, "sum");
        session.Say("mine");
        await _test.CommitAsync("a", other => other.Say("theirs"));
        await session.CommitAsync();

        (await session.History.TextsAsync()).ShouldBe(["sum", "3", "theirs", "mine"]);
        (await _test.TextsAsync("a")).ShouldBe(["sum", "3", "theirs", "mine"]);
        (await _test.Store.Thread("a").VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task Summarize_WhileOthersChangeWhatIsVisible_Conflicts()
    {
        await _test.CommitAsync("a", session => session.Say("1", "2", "3"));
        var session = await _test.Store.OpenAsync("a", new() { RebaseOnConflict = true });
        await session.History.SummarizeAsync(..2, "sum");
        await SummarizeAsync(..1, "theirs");

        await Should.ThrowAsync<CommitConflictException>(async () => await session.CommitAsync());
        (await _test.TextsAsync("a")).ShouldBe(["theirs", "2", "3"]);
    }

    [Fact]
    public async Task Summarize_BeforeACutOfTheSameCommit_CountsAsOneMessage()
    {
        await _test.CommitAsync("a", session => session.Say("1", "2", "3"));
        var session = await _test.Store.OpenAsync("a");
        await session.History.SummarizeAsync(..2, "sum");
        session.Say("4");
        session.History.KeepLast(3);
        (await session.History.TextsAsync()).ShouldBe(["sum", "3", "4"]);
        session.History.KeepLast(2);
        await session.CommitAsync();

        (await _test.TextsAsync("a")).ShouldBe(["3", "4"]);
    }

    [Fact]
    public async Task Summarize_TwiceBeforeACommit_IsRefused_AndTheFirstStands()
    {
        await _test.CommitAsync("a", session => session.Say("1", "2", "3"));
        var session = await _test.Store.OpenAsync("a");
        await session.History.SummarizeAsync(..1, "sum");

        await Should.ThrowAsync<InvalidOperationException>(async () => await session.History.SummarizeAsync(..2, "more"));
        await session.CommitAsync();
        (await _test.TextsAsync("a")).ShouldBe(["sum", "2", "3"]);
    }

    [Fact]
    public async Task Summarize_BeyondTheConversation_IsRefused()
    {
        await _test.CommitAsync("a", session => session.Say("1"));
        var session = await _test.Store.OpenAsync("a");

        await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await session.History.SummarizeAsync(..2, "sum"));
        await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await session.History.SummarizeAsync(1..0, "sum"));
        await Should.ThrowAsync<ArgumentException>(async () => await session.History.SummarizeAsync(.., " "));
        (await session.History.SummarizeAsync(1.., "sum")).ShouldBe(0);
        session.HasChanges.ShouldBeFalse();
    }

    private async Task<CommitInfo> SummarizeAsync(Range range, string summary)
    {
        var session = await _test.Store.OpenAsync("a");
        await session.History.SummarizeAsync(range, summary);
        return await session.CommitAsync();
    }
}
