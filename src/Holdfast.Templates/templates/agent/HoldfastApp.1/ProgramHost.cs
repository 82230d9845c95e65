using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace HoldfastApp._1;

/// <summary>What the program is made of: settings, store, model, agent.</summary>
public static class ProgramHost
{
    /// <summary>Builds it from <c>appsettings.json</c>, the environment and a command line such as <c>--Model=gpt-5-mini</c>.</summary>
    public static IHost Build(string[] args)
    {
        var builder = Host.CreateApplicationBuilder(args);
        builder.Services.AddHoldfast(builder.Configuration.GetSection("Holdfast"), holdfast => holdfast.AddSqlite());
        builder.Services.AddChatClient(Models.Create(builder.Configuration))
            .UseDurableFunctionInvocation()
            .UseHoldfast();
        builder.Services.AddSingleton<RememberingAgent>();
        return builder.Build();
    }
}
