using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Threads;

public sealed class CompactionTests
{
    private readonly TestStore _test = new();
    private readonly List<List<string>> _summarized = [];

    [Fact]
    public async Task Compact_TooLong_SummarizesWhatIsBeforeTheLastExchanges()
    {
        await TalkAsync(5);
        var commit = await _test.Store.Thread("a").CompactAsync(Policy(2));

        (commit!.Reason, commit.ChangedHistory).ShouldBe(("summarized", true));
        _summarized.ShouldHaveSingleItem().ShouldBe(["ask 0", "reply 0", "ask 1", "reply 1", "ask 2", "reply 2"]);
        (await _test.TextsAsync("a")).ShouldBe(["sum of 6", "ask 3", "reply 3", "ask 4", "reply 4"]);
        (await _test.Store.LoadAsync("a", 5))!.Messages.Count.ShouldBe(10);
    }

    [Fact]
    public async Task Compact_Again_SummarizesTheSummaryToo_WhichIsNoExchange()
    {
        await TalkAsync(4);
        await _test.Store.Thread("a").CompactAsync(Policy(2));
        (await _test.Store.Thread("a").CompactAsync(Policy(2))).ShouldBeNull("there are two exchanges and the summary");

        await TalkAsync(1);
        await _test.Store.Thread("a").CompactAsync(Policy(2));
        _summarized[^1].ShouldBe(["sum of 4", "ask 2", "reply 2"]);
        (await _test.TextsAsync("a")).ShouldBe(["sum of 3", "ask 3", "reply 3", "ask 0", "reply 0"]);
    }

    [Theory, InlineData(10, false), InlineData(9, true)]
    public async Task Compact_CountsTokens(long most, bool isTooLong)
    {
        await TalkAsync(5);

        (await _test.Store.Thread("a").CompactAsync(Policy(2) with { MaxTokens = most, CountTokens = _ => 1 }) is not null).ShouldBe(isTooLong);
        _summarized.Count.ShouldBe(isTooLong ? 1 : 0);
    }

    [Fact]
    public async Task Compact_WhileTheConversationGoesOn_LosesNothing()
    {
        await TalkAsync(3);
        var policy = Policy(1);
        var commit = await _test.Store.Thread("a").CompactAsync(policy with
        {
            Summarize = async (messages, token) =>
            {
                await _test.CommitAsync("a", session => session.Say("meanwhile"));
                return await policy.Summarize(messages, token);
            },
        });

        commit!.Version.ShouldBe(5);
        (await _test.TextsAsync("a")).ShouldBe(["sum of 4", "ask 2", "reply 2", "meanwhile"]);
    }

    [Fact]
    public async Task Compact_TwiceAtOnce_SummarizesOnce()
    {
        await TalkAsync(3);
        var policy = Policy(1);

        await Should.ThrowAsync<CommitConflictException>(async () => await _test.Store.Thread("a").CompactAsync(policy with
        {
            Summarize = async (messages, token) =>
            {
                await _test.Store.Thread("a").CompactAsync(policy, token);
                return await policy.Summarize(messages, token);
            },
        }));
        (await _test.TextsAsync("a")).ShouldBe(["sum of 4", "ask 2", "reply 2"]);
    }

    [Fact]
    public async Task Compact_WhoseSummaryFails_ChangesNothing()
    {
        await TalkAsync(3);

        await Should.ThrowAsync<TimeoutException>(async () => await _test.Store.Thread("a").CompactAsync(Policy(1) with { Summarize = (_, _) => throw new TimeoutException() }));
        (await _test.Store.Thread("a").GetInfoAsync())!.Version.ShouldBe(3);
    }

    [Theory, InlineData(null), InlineData(""), InlineData(" \n")]
    public async Task Compact_WithAnEmptySummary_ChangesNothing(string? text)
    {
        await TalkAsync(3);

        var error = await Should.ThrowAsync<InvalidOperationException>(async () => await _test.Store.Thread("a").CompactAsync(
            Policy(1) with { Summarize = (_, _) => Task.FromResult(text is null ? new ChatMessage() : new ChatMessage(ChatRole.User, text)) }));

        error.Message.ShouldContain("empty summary");
        (await _test.Store.Thread("a").GetInfoAsync())!.Version.ShouldBe(3);
    }

    /// <summary>A label keeps the state, not the messages that were visible in it.</summary>
    [Fact]
    public async Task Compact_OfWhatARestoreShowsOfMessagesThatWereDropped_SummarizesWhatIsLeft()
    {
        var thread = _test.Store.Thread("a");
        await TalkAsync(400);
        await thread.LabelAsync("before", 399);
        await thread.CompactAsync(Policy(2));
        await TalkAsync(300);
        _test.Clock.Advance(TimeSpan.FromDays(2));
        (await thread.TrimAsync(new() { KeepVersions = 1, MaxMessages = 10 }))!.DroppedVersions.ShouldBeGreaterThan(0);
        await thread.RestoreAsync(ThreadPoint.AtLabel("before"));
        await Should.ThrowAsync<HistoryDroppedException>(async () => await _test.TextsAsync("a"));

        await thread.CompactAsync(Policy(2));

        _summarized[^1].ShouldNotBeEmpty();
        _summarized[^1][^1].ShouldBe("reply 396");
        (await _test.TextsAsync("a")).ShouldBe([$"sum of {_summarized[^1].Count}", "ask 397", "reply 397", "ask 398", "reply 398"]);
        (await thread.VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task Compact_OfNoThread_IsNothing()
    {
        (await _test.Store.Thread("none").CompactAsync(Policy(1))).ShouldBeNull();
        (await _test.Store.Thread("none").GetInfoAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Compact_WithAPolicyOutOfRange_TellsAll()
    {
        var error = await Should.ThrowAsync<ArgumentException>(async () => await _test.Store.Thread("a").CompactAsync(new() { Summarize = null!, MaxTokens = 0, KeepExchanges = 0 }));

        error.Message.ShouldContain("Summarize");
        error.Message.ShouldContain("MaxTokens");
        error.Message.ShouldContain("KeepExchanges");
    }

    private CompactionPolicy Policy(int keep) => new()
    {
        MaxTokens = 1,
        KeepExchanges = keep,
        Summarize = (messages, _) =>
        {
            _summarized.Add([.. messages.Texts()]);
            return Task.FromResult(new ChatMessage(ChatRole.User, $"sum of {messages.Count}"));
        },
    };

    private async Task TalkAsync(int exchanges)
    {
        for (var i = 0; i < exchanges; i++)
        {
            var number = i;
            await _test.CommitAsync("a", session => session.History.AddRange([new(ChatRole.User, $"ask {number}"), new(ChatRole.Assistant, $"reply {number}")]));
        }
    }
}
