using Holdfast.Logs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Holdfast;

/// <summary>Sets up one store in a service collection: where it stores, and its settings.</summary>
/// <remarks>The store is registered as a singleton: by its type for the unnamed one, and keyed by its name for others.</remarks>
public sealed class HoldfastBuilder
{
    internal HoldfastBuilder(IServiceCollection services, string? name)
    {
        Services = services;
        Name = name;
        services.AddOptions<AgentStateOptions>(OptionsName).ValidateOnStart();
        services.AddSingleton<IValidateOptions<AgentStateOptions>>(new AgentStateOptionsValidator(OptionsName));
        if (name is null)
        {
            services.AddSingleton(CreateStore);
            services.AddSingleton(provider => provider.GetRequiredKeyedService<ICommitLog>(OptionsName));
        }
        else
        {
            services.AddKeyedSingleton(name, (provider, _) => CreateStore(provider));
        }
    }

    /// <summary>The services that the store is added to.</summary>
    public IServiceCollection Services { get; }

    /// <summary>The name of the store; null for the unnamed one.</summary>
    public string? Name { get; }

    /// <summary>The name under which the options and the log of the store are registered.</summary>
    public string OptionsName => Name ?? Options.DefaultName;

    /// <summary>Stores into a log that a backend makes. Backends call this; the last one that is named is used.</summary>
    public HoldfastBuilder UseLog(Func<IServiceProvider, ICommitLog> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        Services.AddKeyedSingleton(OptionsName, (provider, _) => create(provider));
        return this;
    }

    /// <summary>Stores in the memory of the process: for development and tests. Everything is gone when the process ends.</summary>
    public HoldfastBuilder UseInMemory() => UseLog(_ => new InMemoryCommitLog());

    /// <summary>Stores in files, one line of JSON for each commit.</summary>
    /// <param name="directory">The directory; it is made if it is not there.</param>
    /// <param name="configure">Changes further settings of the log.</param>
    /// <exception cref="StateConfigurationException">A setting is missing or out of its range. Thrown when the store is made.</exception>
    public HoldfastBuilder UseFiles(string directory, Action<FileLogOptions>? configure = null) => UseLog(provider =>
    {
        var options = new FileLogOptions { Directory = directory };
        configure?.Invoke(options);
        return new FileCommitLog(options, provider.GetService<ILogger<FileCommitLog>>());
    });

    /// <summary>Changes the settings of the store.</summary>
    public HoldfastBuilder Configure(Action<AgentStateOptions> configure)
    {
        Services.Configure(OptionsName, configure);
        return this;
    }

    /// <summary>Removes expired (and, where that is set, old) threads of all tenants from time to time, as long as the host runs.</summary>
    public HoldfastBuilder AddCleanup(Action<CleanupServiceOptions>? configure = null)
    {
        var options = new CleanupServiceOptions();
        configure?.Invoke(options);
        options.Validate();
        Services.AddSingleton<IHostedService>(provider => new CleanupService(GetStore(provider), options));
        return this;
    }

    private AgentStateStore GetStore(IServiceProvider provider)
        => Name is null ? provider.GetRequiredService<AgentStateStore>() : provider.GetRequiredKeyedService<AgentStateStore>(Name);

    private AgentStateStore CreateStore(IServiceProvider provider)
    {
        var log = provider.GetKeyedService<ICommitLog>(OptionsName)
            ?? throw new StateConfigurationException(
                $"AddHoldfast({(Name is null ? "" : $"\"{Name}\"")}) names no place to store into. Call UseInMemory, UseFiles, UseSqlite or another backend on its builder.");
        return new(log, provider.GetRequiredService<IOptionsMonitor<AgentStateOptions>>().Get(OptionsName), provider.GetService<ILogger<AgentStateStore>>());
    }
}
