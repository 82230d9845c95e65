namespace HoldfastApp._1;

/// <summary>What the program is made of: settings, store, model, worker.</summary>
public static class ProgramHost
{
    /// <summary>Builds it from <c>appsettings.json</c>, the environment and a command line such as <c>--Model=gpt-5-mini</c>.</summary>
    public static IHost Build(string[] args)
    {
        var builder = Host.CreateApplicationBuilder(args);
        builder.Services.AddHoldfast(builder.Configuration.GetSection("Holdfast"), holdfast => holdfast.AddSqlite().AddThreadWorker<RefundHandler>());
        builder.Services.AddSingleton(Models.Create(builder.Configuration));
        builder.Services.AddSingleton<IPayments, SandboxPayments>();
        builder.Services.AddSingleton<RequestDesk>();
        return builder.Build();
    }
}
