using Holdfast.AspNetCore.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Holdfast.AspNetCore.Tests.Handlers;

public sealed class AdviceTests
{
    [Fact]
    public async Task AThreadWithoutAnOwner_InAWebApplication_IsToldOnceItIsBegun()
    {
        var logs = new RecordingLogs();
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Development" });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders().AddProvider(logs);
        builder.Services.AddHoldfast(holdfast => holdfast.UseInMemory());
        await using var app = builder.Build();
        await app.StartAsync(TestContext.Current.CancellationToken);
        var (store, watch) = (app.Services.GetRequiredService<AgentStateStore>(), app.Services.GetServices<IHostedService>().OfType<BackgroundService>().Single());
        await store.ForUser("ann").UpdateAsync("hers", session => session.Variables.Set("x", 1), cancellationToken: TestContext.Current.CancellationToken);
        watch.ExecuteTask!.IsCompleted.ShouldBeFalse();

        await store.UpdateAsync("anybodys", session => session.Variables.Set("x", 1), cancellationToken: TestContext.Current.CancellationToken);

        await watch.ExecuteTask.WaitAsync(TestContext.Current.CancellationToken);
        logs.Events.Count(told => told.Id == EventIds.AdviceFound).ShouldBe(1);
    }
}
