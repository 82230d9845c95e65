using Holdfast.Chat.Tests.Support;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.Chat.Tests.Pipeline;

public sealed class DependencyInjectionTests
{
    private static readonly ChatOptions Demo = new() { ConversationId = "demo" };

    [Fact]
    public async Task AddChatClient_WithTheStoreOfTheServices_Remembers()
    {
        var model = new StrictModel();
        var services = new ServiceCollection();
        services.AddHoldfast(holdfast => holdfast.UseInMemory());
        services.AddChatClient(model).UseFunctionInvocation().UseHoldfast(configure: options => options.HistoryWindow = 50);
        await using var provider = services.BuildServiceProvider();
        var client = provider.GetRequiredService<IChatClient>();

        await client.GetResponseAsync("hello", Demo);
        await client.GetResponseAsync("again", Demo);

        Transcript.Of(model.Received[^1]).ShouldBe("user:hello | assistant:ok | user:again");
        client.GetService<AgentStateStore>().ShouldBeSameAs(provider.GetRequiredService<AgentStateStore>());
    }

    [Fact]
    public async Task UseHoldfast_WithTheNameOfAStore_UsesThatOne()
    {
        var services = new ServiceCollection();
        services.AddHoldfast(holdfast => holdfast.UseInMemory());
        services.AddHoldfast("archive", holdfast => holdfast.UseInMemory());
        services.AddKeyedChatClient("archived", new StrictModel()).UseHoldfast("archive");
        await using var provider = services.BuildServiceProvider();

        await provider.GetRequiredKeyedService<IChatClient>("archived").GetResponseAsync("hello", Demo);

        (await provider.GetRequiredKeyedService<AgentStateStore>("archive").LoadAsync("demo")).ShouldNotBeNull();
        (await provider.GetRequiredService<AgentStateStore>().LoadAsync("demo")).ShouldBeNull();
    }

    [Fact]
    public async Task UseHoldfast_WithTheServices_FindsTheUserOfEachCall()
    {
        var services = new ServiceCollection();
        services.AddHoldfast(holdfast => holdfast.UseInMemory());
        services.AddSingleton(new SignedIn());
        services.AddChatClient(new StrictModel()).UseHoldfast((provider, options) => options.UserIdOf = _ => provider.GetRequiredService<SignedIn>().User);
        await using var provider = services.BuildServiceProvider();
        var client = provider.GetRequiredService<IChatClient>();

        provider.GetRequiredService<SignedIn>().User = "ann";
        await client.GetResponseAsync("hello", Demo);
        provider.GetRequiredService<SignedIn>().User = "bob";

        await Should.ThrowAsync<ThreadAccessDeniedException>(() => client.GetResponseAsync("hello", Demo));
    }

    [Fact]
    public void UseHoldfast_WithoutAnyStore_SaysSoWhenItIsBuilt()
    {
        var services = new ServiceCollection();
        services.AddChatClient(new StrictModel()).UseHoldfast();
        using var provider = services.BuildServiceProvider();

        Should.Throw<InvalidOperationException>(() => provider.GetRequiredService<IChatClient>()).Message.ShouldContain(nameof(AgentStateStore));
    }

    [Fact]
    public async Task UseHoldfast_WithAnOptionOutOfRange_SaysSoWhenItIsBuilt()
    {
        await using var store = new AgentStateStore(new Logs.InMemoryCommitLog());

        Should.Throw<StateConfigurationException>(() => new StrictModel().AsBuilder().UseHoldfast(store, options => options.HistoryWindow = 0).Build());
    }

    private sealed class SignedIn
    {
        public string? User { get; set; }
    }
}
