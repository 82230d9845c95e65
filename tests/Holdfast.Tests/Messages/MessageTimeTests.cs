using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Messages;

public sealed class MessageTimeTests
{
    private readonly TestStore _test = new();

    [Fact]
    public async Task AMessageWithoutATime_HasThatOfItsCommit_HoweverItIsRead()
    {
        var first = _test.Clock.GetUtcNow();
        await _test.CommitAsync("a", session => session.History.Add(new ChatMessage(ChatRole.User, "one")));
        _test.Clock.Advance(TimeSpan.FromMinutes(5));
        var session = await _test.Store.OpenAsync("a");
        session.History.Add(new ChatMessage(ChatRole.User, "two"));
        await session.CommitAsync();
        DateTimeOffset?[] expected = [first, first.AddMinutes(5)];

        // By the session that committed, by one that opens, by pages, one by one, as a state, and as an older state.
        Times(await session.History.LastAsync(10)).ShouldBe(expected);
        var opened = await _test.Another().OpenAsync("a");
        Times(await opened.History.LastAsync(10)).ShouldBe(expected);
        Times((await opened.History.PageAsync(10)).Messages).ShouldBe(expected);
        Times(await opened.History.ToListAsync()).ShouldBe(expected);
        Times((await _test.Store.LoadAsync("a"))!.Messages).ShouldBe(expected);
        Times((await _test.Store.LoadAsync("a", 1))!.Messages).ShouldBe(expected[..1]);
    }

    [Fact]
    public async Task AMessageWithATime_KeepsIt()
    {
        var time = new DateTimeOffset(2020, 1, 2, 3, 4, 5, TimeSpan.Zero);
        await _test.CommitAsync("a", session => session.History.Add(new ChatMessage(ChatRole.User, "one") { CreatedAt = time }));

        Times((await _test.Store.LoadAsync("a"))!.Messages).ShouldBe([time]);
    }

    [Fact]
    public async Task AMessageThatIsNotCommitted_HasNoTime()
    {
        var session = await _test.Store.OpenAsync("a");
        session.History.Add(new ChatMessage(ChatRole.User, "one"));

        Times(await session.History.LastAsync(1)).ShouldBe([null]);
    }

    [Fact]
    public async Task AMessageThatIsReadAndStoredElsewhere_IsStoredAsItWasAndHasTheTimeOfItsNewCommit()
    {
        await _test.CommitAsync("a", session => session.History.Add(new ChatMessage(ChatRole.User, "one")));
        var read = (await _test.Store.LoadAsync("a"))!.Messages[0];
        _test.Clock.Advance(TimeSpan.FromHours(1));

        await _test.CommitAsync("b", session => session.History.Add(read));

        (await _test.BodiesAsync("b"))[0].ShouldNotContain("createdAt");
        Times((await _test.Store.LoadAsync("b"))!.Messages).ShouldBe([_test.Clock.GetUtcNow()]);
    }

    private static IEnumerable<DateTimeOffset?> Times(IEnumerable<ChatMessage> messages) => messages.Select(message => message.CreatedAt);
}
