using Microsoft.Playwright;

namespace Holdfast.AspNetCore.Tests.Sample;

/// <summary>The web sample, driven by a real browser.</summary>
public sealed class WebChatTests(WebChatBrowser browser) : IClassFixture<WebChatBrowser>
{
    private readonly WebChatProgram _program = browser.Program;

    [Fact]
    public async Task TwoUsers_NeverSeeEachOther_AndTheirChatsSurviveARestart()
    {
        var ann = await SignInAsync("Ann", "shared");
        await SayAsync(ann, "Ann's secret is 4711");
        await ExpectRepliesAsync(ann, "You said 1 things. The first was: Ann's secret is 4711");

        var bob = await SignInAsync("Bob", "shared");
        await Assertions.Expect(bob.Locator("#messages li")).ToHaveCountAsync(0);
        await SayAsync(bob, "Hello?");
        await Assertions.Expect(bob.Locator("#problem")).ToContainTextAsync("its id is taken");
        await bob.GotoAsync($"{_program.Address}/#bobs");
        await Assertions.Expect(bob.Locator("body")).ToHaveAttributeAsync("data-opened", "bobs");
        await SayAsync(bob, "Bob was here");
        await ExpectRepliesAsync(bob, "You said 1 things. The first was: Bob was here");

        await _program.KillAsync();
        await _program.RunAsync();

        await OpenAsync(ann, "shared");
        await ExpectRepliesAsync(ann, "You said 1 things. The first was: Ann's secret is 4711");
        await SayAsync(ann, "And again");
        await ExpectRepliesAsync(ann, "You said 1 things. The first was: Ann's secret is 4711", "You said 2 things. The first was: Ann's secret is 4711");
        await OpenAsync(bob, "bobs");
        await ExpectRepliesAsync(bob, "You said 1 things. The first was: Bob was here");
        await OpenAsync(ann, "shared");

        (await ann.ContentAsync()).ShouldNotContain("Bob");
        (await bob.ContentAsync()).ShouldNotContain("4711");
        await Assertions.Expect(ann.Locator("#chats a")).ToHaveTextAsync(["shared"]);
        await Assertions.Expect(bob.Locator("#chats a")).ToHaveTextAsync(["bobs"]);
    }

    [Fact]
    public async Task Reply_ThatIsCutOffByACrash_ComesFromTheNextProcess_Once()
    {
        var page = await SignInAsync("Carol", "crash");
        await SayAsync(page, "One two three four five six seven eight nine ten eleven twelve");
        await Assertions.Expect(page.Locator("#messages li.assistant")).ToContainTextAsync("You said");

        await _program.KillAsync();
        await _program.RunAsync();

        await Assertions.Expect(page.Locator("#messages li.assistant[data-done]")).ToBeVisibleAsync();
        await ExpectRepliesAsync(page, "You said 1 things. The first was: One two three four five six seven eight nine ten eleven twelve");
        await OpenAsync(page, "crash");
        await ExpectRepliesAsync(page, "You said 1 things. The first was: One two three four five six seven eight nine ten eleven twelve");
        await Assertions.Expect(page.Locator("#messages li")).ToHaveCountAsync(2);
    }

    private async Task<IPage> SignInAsync(string name, string chat)
    {
        var page = await browser.OpenAsync();
        await page.GotoAsync($"{_program.Address}/#{chat}");
        await page.FillAsync("#name", name);
        await page.ClickAsync("#login button");
        await Assertions.Expect(page.Locator("body")).ToHaveAttributeAsync("data-opened", chat);
        return page;
    }

    private async Task OpenAsync(IPage page, string chat)
    {
        await page.GotoAsync("about:blank");
        await page.GotoAsync($"{_program.Address}/#{chat}");
        await Assertions.Expect(page.Locator("body")).ToHaveAttributeAsync("data-opened", chat);
    }

    private static async Task SayAsync(IPage page, string text)
    {
        await page.FillAsync("#text", text);
        await page.ClickAsync("#ask button");
    }

    private static Task ExpectRepliesAsync(IPage page, params string[] replies) => Assertions.Expect(page.Locator("#messages li.assistant")).ToHaveTextAsync(replies);
}
