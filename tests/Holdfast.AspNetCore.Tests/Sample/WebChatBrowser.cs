using Microsoft.Playwright;

namespace Holdfast.AspNetCore.Tests.Sample;

/// <summary>The web sample, and a real browser.</summary>
public sealed class WebChatBrowser : IAsyncLifetime
{
    // What a machine under load is given before a page counts as stuck.
    private const float Deadline = 180_000;

    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;

    internal WebChatProgram Program { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Assertions.SetDefaultExpectTimeout(Deadline);
        Program = await WebChatProgram.StartAsync();
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = "/usr/bin/chromium", Args = ["--no-sandbox"], Timeout = Deadline });
    }

    /// <summary>A page of somebody who has nothing in common with other pages.</summary>
    public async Task<IPage> OpenAsync()
    {
        var context = await _browser.NewContextAsync();
        context.SetDefaultTimeout(Deadline);
        return await context.NewPageAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
        await Program.DisposeAsync();
    }
}
