using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Sessions;

public sealed class MessageHistoryTests
{
    private readonly TestStore _test = new();

    [Fact]
    public async Task Add_Text_HasTheTimeOfTheStore()
    {
        await _test.CommitAsync("a", session => session.History.Add(ChatRole.Assistant, "hello"));

        var message = (await (await _test.Store.OpenAsync("a")).History.LastAsync(1)).Single();

        (message.Role, message.Text, message.CreatedAt).ShouldBe((ChatRole.Assistant, "hello", _test.Clock.GetUtcNow()));
    }

    [Fact]
    public async Task Add_AMessage_TakesACopy()
    {
        var session = await _test.Store.OpenAsync("a");
        var message = new ChatMessage(ChatRole.User, "hello");
        session.History.Add(message);
        message.Contents.Add(new TextContent(" changed"));
        (await session.History.LastAsync(1))[0].Contents.Add(new TextContent(" changed too"));

        (await session.History.TextsAsync()).ShouldBe(["hello"]);
        await session.CommitAsync();
        (await session.History.TextsAsync()).ShouldBe(["hello"]);
        (await _test.TextsAsync("a")).ShouldBe(["hello"]);
    }

    [Fact]
    public async Task AddRange_WithOneMessageThatCannotBeStored_AddsNone()
    {
        var session = await _test.Store.OpenAsync("a");
        session.Say("before");
        var bad = new ChatMessage(ChatRole.Tool, [new FunctionResultContent("c", double.NaN)]);

        var error = Should.Throw<InvalidStateValueException>(() => session.History.AddRange([new(ChatRole.User, "good"), bad]));

        error.Message.ShouldContain("messages[2].contents[0].result");
        session.History.Count.ShouldBe(1);
        Should.Throw<ArgumentNullException>(() => session.History.Add(null!));
    }

    [Fact]
    public async Task Count_IsKnownWithoutReading()
    {
        for (var i = 0; i < 40; i++)
        {
            await _test.CommitAsync("a", session => session.Say(new string('x', 1000), "y"));
        }

        var session = await _test.Store.OpenAsync("a");
        _test.Log.Reset();

        session.History.Count.ShouldBe(80);
        session.Say("1", "2");
        session.History.Count.ShouldBe(82);
        session.History.KeepLast(5);
        session.History.Count.ShouldBe(5);
        session.Say("3");
        session.History.Count.ShouldBe(6);
        session.History.Clear();
        session.History.Count.ShouldBe(0);
        session.Say("4");
        session.History.Count.ShouldBe(1);
        _test.Log.Calls.ShouldBe(0);
    }

    [Fact]
    public async Task Last_ReadsOnlyWhatItNeeds()
    {
        for (var i = 0; i < 200; i++)
        {
            await _test.CommitAsync("a", session => session.Say($"{i} {new string('x', 1000)}"));
        }

        var session = await _test.Store.OpenAsync("a");
        _test.Log.Reset();

        (await session.History.LastAsync(40)).Count.ShouldBe(40);

        _test.Log.BytesRead.ShouldBeLessThan(45_000);
    }

    [Theory, InlineData(0), InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(100)]
    public async Task Last_ANumberOfMessages_IsTheEndOfTheConversation(int count)
    {
        await _test.CommitAsync("a", session => session.Say("1", "2"));
        var session = await _test.Store.OpenAsync("a");
        session.Say("3");

        (await session.History.LastAsync(count)).Texts().ShouldBe(new[] { "1", "2", "3" }.TakeLast(count));
        await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await session.History.LastAsync(-1));
    }

    [Theory]
    [InlineData(1, "call a call b | result a | result b | answer", "answer")]
    [InlineData(2, "call a call b | result a | result b | answer", "call a call b | result a | result b | answer")]
    [InlineData(4, "u | call a call b | result a | result b | answer", "call a call b | result a | result b | answer")]
    [InlineData(1, "u | call a | result a", "call a | result a")]
    [InlineData(1, "u | call a | u | call b | result a | result b", "call a | u | call b | result a | result b")]
    [InlineData(2, "u | result a | answer", "result a | answer")]
    [InlineData(3, "u | call a | result a | result b | x", "call a | result a | result b | x")]
    [InlineData(1, "call a", "call a")]
    public async Task Last_NeverCutsAResultFromItsCall(int count, string conversation, string expected)
    {
        await _test.CommitAsync("a", session => session.History.AddRange(conversation.Split(" | ").Select(Parse)));

        string.Join(" | ", (await (await _test.Store.OpenAsync("a")).History.LastAsync(count)).Names()).ShouldBe(expected);
    }

    [Fact]
    public async Task Last_WithAnAnswerOfAPerson_KeepsTheRequest()
    {
        var call = new FunctionCallContent("c", "delete");
        var request = new ToolApprovalRequestContent("r", call);
        await _test.CommitAsync("a", session => session.History.AddRange(
            [new(ChatRole.User, "u"), new(ChatRole.Assistant, [request]), new(ChatRole.User, [request.CreateResponse(true)])]));

        var last = await (await _test.Store.OpenAsync("a")).History.LastAsync(1);

        last.Count.ShouldBe(2);
        last[0].Contents.Single().ShouldBeOfType<ToolApprovalRequestContent>().RequestId.ShouldBe("r");
        last[1].Contents.Single().ShouldBeOfType<ToolApprovalResponseContent>().Approved.ShouldBeTrue();
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3), InlineData(7), InlineData(10), InlineData(11), InlineData(50)]
    public async Task Page_AfterPage_CoversEachMessageExactlyOnce(int size)
    {
        await _test.CommitAsync("a", session => session.Say("0", "1", "2"));
        await _test.CommitAsync("a", session => session.Variables.Set("x", 1));
        await _test.CommitAsync("a", session => session.Say("3"));
        await _test.CommitAsync("a", session => session.Say("4", "5", "6"));
        var session = await _test.Store.OpenAsync("a");
        session.Say("7", "8", "9");

        var pages = await PagesAsync(session, size);

        pages.SelectMany(page => page).ShouldBe(Enumerable.Range(0, 10).Select(i => i.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        pages.Count.ShouldBe((10 + size - 1) / size);
    }

    [Fact]
    public async Task Page_AfterTheMessagesWereCommitted_GoesOnWhereItWas()
    {
        await _test.CommitAsync("a", session => session.Say("1", "2"));
        var session = await _test.Store.OpenAsync("a");
        session.Say("3", "4", "5");
        var newest = await session.History.PageAsync(2);
        await session.CommitAsync();
        session.Say("6");

        var older = await session.History.PageAsync(2, newest.Older);

        newest.Messages.Texts().ShouldBe(["4", "5"]);
        older.Messages.Texts().ShouldBe(["2", "3"]);
        (await session.History.PageAsync(2, older.Older)).Messages.Texts().ShouldBe(["1"]);
    }

    [Fact]
    public async Task Page_InAnotherSession_GoesOnWhereItWas()
    {
        await _test.CommitAsync("a", session => session.Say("1", "2", "3"));
        var page = await (await _test.Store.OpenAsync("a")).History.PageAsync(2);
        await _test.CommitAsync("a", session => session.Say("4"));

        (await (await _test.Store.OpenAsync("a")).History.PageAsync(2, page.Older)).Messages.Texts().ShouldBe(["1"]);
    }

    [Fact]
    public async Task Page_OfAnEmptyConversation_IsEmpty()
    {
        var page = await (await _test.Store.OpenAsync("a")).History.PageAsync(10);

        page.Messages.ShouldBeEmpty();
        page.Older.ShouldBeNull();
    }

    [Theory, InlineData(""), InlineData("x"), InlineData("1.2"), InlineData("1.2.x"), InlineData("-1.2.3"), InlineData("0.-2.3"), InlineData("1.2.3.4")]
    public async Task Page_WithACursorThatIsNone_IsRefused(string cursor)
    {
        await _test.CommitAsync("a", session => session.Say("1"));
        var history = (await _test.Store.OpenAsync("a")).History;

        await Should.ThrowAsync<ArgumentException>(async () => await history.PageAsync(1, cursor));
        await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await history.PageAsync(0));
        await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await history.PageAsync(10_001));
    }

    [Fact]
    public async Task Enumerating_ALongConversation_ReadsItOnce()
    {
        for (var i = 0; i < 100; i++)
        {
            await _test.CommitAsync("a", session => session.Say($"{i} {new string('x', 1000)}"));
        }

        var session = await _test.Store.OpenAsync("a");
        _test.Log.Reset();

        (await session.History.TextsAsync()).Count.ShouldBe(100);

        _test.Log.EntryReads.ShouldBe(1);
        _test.Log.BytesRead.ShouldBeLessThan(120_000);
    }

    private static async Task<List<List<string>>> PagesAsync(ThreadSession session, int size)
    {
        var pages = new List<List<string>>();
        string? cursor = null;
        do
        {
            var page = await session.History.PageAsync(size, cursor);
            pages.Insert(0, [.. page.Messages.Texts()]);
            cursor = page.Older;
        }
        while (cursor is not null);
        return pages;
    }

    private static ChatMessage Parse(string name) => name.Split(' ') switch
    {
        ["call", .. var rest] => Conversations.Call(rest.Where(word => word != "call")),
        ["result", var id] => Conversations.Result(id),
        _ => new(ChatRole.Assistant, name),
    };
}
