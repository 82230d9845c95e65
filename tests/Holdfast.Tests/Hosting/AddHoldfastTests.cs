using Holdfast.Logs;
using Holdfast.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Holdfast.Tests.Hosting;

public sealed class AddHoldfastTests
{
    [Fact]
    public async Task Unnamed_IsAskedForByItsType()
    {
        await using var services = new ServiceCollection().AddHoldfast(holdfast => holdfast.UseInMemory()).BuildServiceProvider();
        var store = services.GetRequiredService<AgentStateStore>();

        await store.UpdateAsync("a", session => session.Say("1"));

        services.GetRequiredService<AgentStateStore>().ShouldBeSameAs(store);
        services.GetRequiredService<ICommitLog>().ShouldBeSameAs(store.CommitLog);
        (await store.Thread("a").GetInfoAsync())!.MessageCount.ShouldBe(1);
    }

    [Fact]
    public async Task Named_AreAskedForByTheirNames()
    {
        await using var services = new ServiceCollection()
            .AddHoldfast("chats", holdfast => holdfast.UseInMemory().Configure(options => options.MaxCommitBytes = 2048))
            .AddHoldfast("jobs", holdfast => holdfast.UseInMemory())
            .AddHoldfast(holdfast => holdfast.UseInMemory())
            .BuildServiceProvider();
        var (chats, jobs) = (services.GetRequiredKeyedService<AgentStateStore>("chats"), services.GetRequiredKeyedService<AgentStateStore>("jobs"));

        await chats.UpdateAsync("a", session => session.Say("1"));

        (await jobs.Thread("a").GetInfoAsync()).ShouldBeNull();
        (await services.GetRequiredService<AgentStateStore>().Thread("a").GetInfoAsync()).ShouldBeNull();
        await Should.ThrowAsync<StateTooLargeException>(async () => await chats.UpdateAsync("a", session => session.Say(new string('x', 4000))));
        await jobs.UpdateAsync("a", session => session.Say(new string('x', 4000)));
        services.GetRequiredKeyedService<ICommitLog>("chats").ShouldBeSameAs(chats.CommitLog);
    }

    [Fact]
    public async Task Log_ThatABackendMakes_IsUsedAndDisposedOf()
    {
        var log = new ObservedLog(new InMemoryCommitLog());
        var services = new ServiceCollection().AddHoldfast(holdfast => holdfast.UseInMemory().UseLog(_ => log)).BuildServiceProvider();

        services.GetRequiredService<AgentStateStore>().CommitLog.ShouldBeSameAs(log);
        await services.DisposeAsync();

        log.Disposals.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Backend_ThatIsMissing_IsAnErrorThatSaysWhatToDo()
    {
        using var services = new ServiceCollection().AddHoldfast(_ => { }).AddHoldfast("chats", _ => { }).BuildServiceProvider();

        var error = Should.Throw<StateConfigurationException>(services.GetRequiredService<AgentStateStore>);
        error.Code.ShouldBe(ErrorCodes.InvalidConfiguration);
        error.Message.ShouldContain("AddHoldfast()");
        error.Message.ShouldContain("UseInMemory");
        Should.Throw<StateConfigurationException>(() => services.GetRequiredKeyedService<AgentStateStore>("chats")).Message.ShouldContain("AddHoldfast(\"chats\")");
    }

    [Theory, InlineData(null), InlineData("chats")]
    public async Task Settings_OutOfRange_StopTheHostFromStarting(string? name)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        Action<HoldfastBuilder> configure = holdfast => holdfast.UseInMemory().Configure(options => options.MaxUpdateAttempts = 0);
        _ = name is null ? builder.Services.AddHoldfast(configure) : builder.Services.AddHoldfast(name, configure);
        using var host = builder.Build();

        var error = await Should.ThrowAsync<OptionsValidationException>(() => host.StartAsync());

        error.Message.ShouldContain("MaxUpdateAttempts");
    }

    [Fact]
    public async Task Settings_InRange_LetTheHostStart()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddHoldfast(holdfast => holdfast.UseInMemory());
        using var host = builder.Build();

        await host.StartAsync();
        await host.StopAsync();

        host.Services.GetServices<IHostedService>().ShouldHaveSingleItem().ShouldBeOfType<AdviceService>();
    }

    [Fact]
    public async Task Files_AreStoredInTheirDirectory()
    {
        var directory = Directory.CreateTempSubdirectory("holdfast-hosting-").FullName;
        try
        {
            await using var services = new ServiceCollection().AddHoldfast(holdfast => holdfast.UseFiles(directory)).BuildServiceProvider();

            await services.GetRequiredService<AgentStateStore>().UpdateAsync("a", session => session.Variables.Set("x", 1));

            Directory.EnumerateFiles(directory, "*.jsonl", SearchOption.AllDirectories).Count().ShouldBe(1);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void Builder_KnowsItsNames()
    {
        var services = new ServiceCollection();

        services.AddHoldfast(holdfast => (holdfast.Name, holdfast.OptionsName, holdfast.Services).ShouldBe((null, Options.DefaultName, services)));
        services.AddHoldfast("chats", holdfast => (holdfast.Name, holdfast.OptionsName).ShouldBe(("chats", "chats")));
        Should.Throw<ArgumentException>(() => services.AddHoldfast("", _ => { }));
        Should.Throw<ArgumentNullException>(() => services.AddHoldfast((Action<HoldfastBuilder>)null!));
        Should.Throw<ArgumentNullException>(() => services.AddHoldfast(holdfast => holdfast.UseLog(null!)));
    }
}
