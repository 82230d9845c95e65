using Holdfast.Logs;
using Holdfast.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Holdfast.Tests.Hosting;

public sealed class HealthCheckTests
{
    private readonly FaultInjectingLog _log = new(new InMemoryCommitLog()) { Capabilities = LogCapabilities.Remote };

    [Fact]
    public async Task Check_OfAStoreThatAnswers_IsHealthyAndLeavesNothingBehind()
    {
        await using var services = Services();

        var report = await services.GetRequiredService<HealthCheckService>().CheckHealthAsync();

        report.Status.ShouldBe(HealthStatus.Healthy);
        report.Entries.Keys.ShouldBe(["holdfast"]);
        (await _log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = null, AsOf = DateTimeOffset.UnixEpoch })).Heads.ShouldBeEmpty();
    }

    [Fact]
    public async Task Check_OfAStoreThatDoesNotAnswer_FailsAtOnceAndSaysWhy()
    {
        await using var services = Services();
        _log.Every(LogCall.GetHead).FailsBefore(new StoreUnavailableException("No one is there."));

        var report = await services.GetRequiredService<HealthCheckService>().CheckHealthAsync();

        report.Status.ShouldBe(HealthStatus.Unhealthy);
        report.Entries["holdfast"].Description.ShouldBe("No one is there.");
        _log.CountOf(LogCall.GetHead).ShouldBe(1);
    }

    [Fact]
    public async Task Check_OfANamedStore_HasItsNameAndItsOwnSettings()
    {
        await using var services = new ServiceCollection()
            .AddLogging()
            .AddHoldfast("chats", holdfast => holdfast.UseLog(_ => _log))
            .AddHealthChecks()
            .AddHoldfast("chats", failureStatus: HealthStatus.Degraded, tags: ["ready"])
            .Services
            .BuildServiceProvider();
        _log.Every(LogCall.GetHead).FailsBefore();

        var report = await services.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => check.Tags.Contains("ready"));

        report.Entries["holdfast-chats"].Status.ShouldBe(HealthStatus.Degraded);
    }

    [Theory, InlineData(null), InlineData("chats")]
    public async Task Check_WithoutAStore_IsUnhealthyAndSaysWhatToDo(string? name)
    {
        await using var services = new ServiceCollection().AddLogging().AddHealthChecks().AddHoldfast(name).Services.BuildServiceProvider();

        var entry = (await services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries.Single().Value;

        entry.Status.ShouldBe(HealthStatus.Unhealthy);
        entry.Description.ShouldNotBeNull().ShouldContain(name is null ? "AddHoldfast(…)" : "AddHoldfast(\"chats\", …)");
    }

    [Fact]
    public async Task Check_OfAStoreThatCannotBeMade_IsUnhealthyAndSaysWhy()
    {
        await using var services = new ServiceCollection()
            .AddLogging()
            .AddHoldfast(_ => { })
            .AddHoldfast("chats", holdfast => holdfast.UseInMemory().Configure(options => options.MaxUpdateAttempts = 0))
            .AddHealthChecks()
            .AddHoldfast()
            .AddHoldfast("chats")
            .Services
            .BuildServiceProvider();

        var report = await services.GetRequiredService<HealthCheckService>().CheckHealthAsync();

        report.Entries["holdfast"].Description.ShouldNotBeNull().ShouldContain("names no place to store into");
        report.Entries["holdfast-chats"].Description.ShouldNotBeNull().ShouldContain("MaxUpdateAttempts");
        report.Status.ShouldBe(HealthStatus.Unhealthy);
    }

    private ServiceProvider Services() => new ServiceCollection()
        .AddLogging()
        .AddHoldfast(holdfast => holdfast.UseLog(_ => _log))
        .AddHealthChecks()
        .AddHoldfast()
        .Services
        .BuildServiceProvider();
}
