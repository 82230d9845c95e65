using Microsoft.Agents.AI;
using Microsoft.Agents.AI.Workflows;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.AgentFramework.Tests;

public sealed class RegistrationTests
{
    [Fact]
    public void WhatIsRegistered_IsFoundAsTheFrameworkLooksForIt()
    {
        using var services = new ServiceCollection()
            .AddHoldfast(holdfast => holdfast.UseInMemory())
            .AddHoldfastChatHistoryProvider(options => options.HistoryWindow = 10)
            .AddHoldfastAgentSessionStore()
            .AddHoldfastAgentSessionStore("support")
            .AddHoldfastCheckpoints()
            .BuildServiceProvider();

        services.GetRequiredService<ChatHistoryProvider>().ShouldBeOfType<HoldfastChatHistoryProvider>();
        services.GetRequiredService<AgentSessionStore>().ShouldBeOfType<HoldfastAgentSessionStore>();
        services.GetRequiredKeyedService<AgentSessionStore>("support").ShouldBeOfType<HoldfastAgentSessionStore>();
        services.GetRequiredService<CheckpointManager>().ShouldNotBeNull();
    }

    [Fact]
    public void WhatWasRegisteredBefore_Stays()
    {
        var mine = new InMemoryChatHistoryProvider();
        using var services = new ServiceCollection().AddHoldfast(holdfast => holdfast.UseInMemory()).AddSingleton<ChatHistoryProvider>(mine).AddHoldfastChatHistoryProvider().BuildServiceProvider();

        services.GetRequiredService<ChatHistoryProvider>().ShouldBe(mine);
    }

    [Fact]
    public void ASettingThatIsOutOfRange_IsTold()
    {
        using var services = new ServiceCollection().AddHoldfast(holdfast => holdfast.UseInMemory()).AddHoldfastChatHistoryProvider(options => options.HistoryWindow = 0).BuildServiceProvider();

        Should.Throw<StateConfigurationException>(() => services.GetRequiredService<ChatHistoryProvider>()).Message.ShouldContain("HistoryWindow");
    }

    [Fact]
    public void AnAgentWithoutAStore_IsAnError()
        => Should.Throw<InvalidOperationException>(() => new ChatClientAgent(new Chat.Tests.Support.StrictModel(), new ChatClientAgentOptions()).AsBuilder().UseHoldfast().Build());
}
