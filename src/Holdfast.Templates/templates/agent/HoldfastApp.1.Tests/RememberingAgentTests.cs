using Holdfast;
using Microsoft.Extensions.DependencyInjection;

namespace HoldfastApp._1.Tests;

public sealed class RememberingAgentTests : IDisposable
{
    private readonly TemporaryStore _store = new();

    [Fact]
    public async Task Name_AfterARestart_IsKnown()
    {
        Assert.Equal("Nice to meet you, Ann.", await SayAsync("1", "Hello, my name is Ann."));

        Assert.Equal("Your name is Ann.", await SayAsync("1", "What's my name?"));
    }

    [Fact]
    public async Task Name_OfAnotherConversation_IsNotKnown()
    {
        await SayAsync("1", "My name is Ann");

        Assert.Equal("You have not told me your name.", await SayAsync("2", "What's my name?"));
    }

    [Fact]
    public async Task Notes_AreKeptInTheState()
    {
        await SayAsync("1", "Remember that I like tea");
        await SayAsync("1", "Remember to buy milk");

        Assert.Equal("I remember: I like tea; to buy milk", await SayAsync("1", "What do you remember?"));

        using var host = ProgramHost.Build(_store.Settings);
        var state = await host.Services.GetRequiredService<AgentStateStore>().LoadAsync("1", cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(["I like tea", "to buy milk"], state!.Variables["notes"].EnumerateArray().Select(note => note.GetString()));
    }

    public void Dispose() => _store.Dispose();

    // Each time in a host of its own, as if the program had been started again.
    private async Task<string> SayAsync(string thread, string text)
    {
        using var host = ProgramHost.Build(_store.Settings);
        return await host.Services.GetRequiredService<RememberingAgent>().SayAsync(thread, text, TestContext.Current.CancellationToken);
    }
}
