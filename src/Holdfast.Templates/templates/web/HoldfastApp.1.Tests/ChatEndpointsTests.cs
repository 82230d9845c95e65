using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;

namespace HoldfastApp._1.Tests;

public sealed class ChatEndpointsTests : IDisposable
{
    private readonly TemporaryStore _store = new();
    private WebApplicationFactory<Program> _app;

    public ChatEndpointsTests() => _app = Start();

    [Fact]
    public async Task Name_AfterARestart_IsKnown()
    {
        Assert.Equal("Nice to meet you, Ann.", await SayAsync("ann", "1", "My name is Ann"));
        await _app.DisposeAsync();
        _app = Start();

        Assert.Equal("Your name is Ann.", await SayAsync("ann", "1", "What's my name?"));
        Assert.Equal(["user", "assistant", "user", "assistant"], (await ShowAsync("ann", "1")).Select(message => message.Role));
    }

    [Fact]
    public async Task Users_WithTheSameId_HaveConversationsOfTheirOwn()
    {
        await SayAsync("ann", "1", "My name is Ann");
        await SayAsync("ann", "1", "Remember that I like tea");

        Assert.Equal("You have not told me your name.", await SayAsync("bob", "1", "What's my name?"));
        Assert.Equal("There are no notes yet.", await SayAsync("bob", "1", "What do you remember?"));
        Assert.Equal("I remember: I like tea", await SayAsync("ann", "2", "What do you remember?"));
    }

    [Fact]
    public async Task ARequest_ThatIsSentTwice_IsAnsweredOnce()
    {
        var first = await SayAsync("ann", "1", "Hello", key: "request-1");
        var second = await SayAsync("ann", "1", "Hello", key: "request-1");

        Assert.Equal(first, second);
        Assert.Equal(2, (await ShowAsync("ann", "1")).Length);
    }

    [Fact]
    public async Task AReply_IsStreamed()
    {
        using var response = await PostAsync("ann", "1/stream", "My name is Ann");

        var events = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("""data: {"text":"Nice to meet you, Ann."}""", events, StringComparison.Ordinal);
        Assert.Contains("event: done", events, StringComparison.Ordinal);
        Assert.Equal("Your name is Ann.", await SayAsync("ann", "1", "What's my name?"));
    }

    [Fact]
    public async Task WhatCannotBeServed_IsRefused()
    {
        await SayAsync("ann", "1", "Hello");
        using var bob = Client("bob");
        Assert.Equal(HttpStatusCode.NotFound, (await bob.GetAsync("/chats/1", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await PostAsync(null, "1", "Hello")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync("ann", "1", null)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync("ann", "1/stream", " ")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync("ann", new string('x', 5000), "Hello")).StatusCode);
        Assert.Equal("Healthy", await _app.CreateClient().GetStringAsync("/health", TestContext.Current.CancellationToken));
    }

    public void Dispose()
    {
        _app.Dispose();
        _store.Dispose();
    }

    private WebApplicationFactory<Program> Start()
        => new WebApplicationFactory<Program>().WithWebHostBuilder(host => host.UseSetting("Holdfast:Store", _store.Url).UseSetting("Model", "scripted"));

    private async Task<string> SayAsync(string user, string id, string text, string? key = null)
    {
        var response = await PostAsync(user, id, text, key);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<Reply>(TestContext.Current.CancellationToken))!.Text;
    }

    private async Task<Message[]> ShowAsync(string user, string id)
    {
        using var http = Client(user);
        return (await http.GetFromJsonAsync<Message[]>($"/chats/{id}", TestContext.Current.CancellationToken))!;
    }

    private async Task<HttpResponseMessage> PostAsync(string? user, string id, string? text, string? key = null)
    {
        using var http = Client(user);
        if (key is not null)
        {
            http.DefaultRequestHeaders.Add("Idempotency-Key", key);
        }

        return await http.PostAsJsonAsync($"/chats/{id}", new { text }, TestContext.Current.CancellationToken);
    }

    private HttpClient Client(string? user)
    {
        var http = _app.CreateClient();
        if (user is not null)
        {
            http.DefaultRequestHeaders.Add("X-User", user);
        }

        return http;
    }

    private sealed record Reply(string Text);

    private sealed record Message(string Role, string Text);
}
