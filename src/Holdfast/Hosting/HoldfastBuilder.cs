using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Holdfast.Logs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Holdfast;

/// <summary>Sets up one store in a service collection: where it stores, and its settings.</summary>
/// <remarks>The store is registered as a singleton: by its type for the unnamed one, and keyed by its name for others.</remarks>
public sealed class HoldfastBuilder
{
    private readonly StoreSetup _setup;

    internal HoldfastBuilder(IServiceCollection services, string? name)
    {
        (Services, Name, _setup) = (services, name, new(name));
        services.AddOptions<AgentStateOptions>(OptionsName).ValidateOnStart();
        services.AddSingleton<IValidateOptions<AgentStateOptions>>(provider => new AgentStateOptionsValidator(_setup, provider));
        services.AddKeyedSingleton(OptionsName, (provider, _) => new StoreAdvisor(_setup, provider));
        services.AddSingleton<IHostedService>(provider => new AdviceService(() => GetStore(provider), provider.GetRequiredKeyedService<StoreAdvisor>(OptionsName)));
        AddStoreScheme(StoreScheme.Memory);
        AddStoreScheme(StoreScheme.Files);
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
    public string OptionsName => _setup.OptionsName;

    /// <summary>Uses the log that <paramref name="create"/> returns. Called by backends; the last call wins.</summary>
    public HoldfastBuilder UseLog(Func<IServiceProvider, ICommitLog> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        Services.AddKeyedSingleton(OptionsName, (provider, _) => create(provider));
        _setup.IsOpenedByUrl = false;
        return this;
    }

    /// <summary>Uses the store that a URL names, so that a setting can choose the backend: <c>holdfast.AddSqlite().UseStore(configuration["Holdfast:Store"])</c>.</summary>
    /// <remarks>
    /// <c>memory:</c> and <c>file:DIR</c> are always known. Each backend adds its schemes with a method such as <c>AddSqlite</c>, before or after this call. The URL is checked when the host
    /// starts, or when the store is made.
    /// </remarks>
    /// <param name="url">The URL. If it is null or blank, that is reported when the host starts.</param>
    /// <param name="setting">Where the URL comes from, for error messages; the compiler supplies the expression that was passed.</param>
    /// <exception cref="StateConfigurationException">There is no URL, its scheme is unknown, or it cannot be used. Thrown when the store is made; the message never shows a password.</exception>
    public HoldfastBuilder UseStore(string? url, [CallerArgumentExpression(nameof(url))] string? setting = null)
        => UseUrl(provider => StoreSchemes.Of(provider).Open(url, $"UseStore({setting})"));

    /// <summary>Adds a kind of store that <see cref="UseStore"/> can open, for all stores of the service collection. Called by backends.</summary>
    public HoldfastBuilder AddStoreScheme(StoreScheme scheme)
    {
        ArgumentNullException.ThrowIfNull(scheme);
        if (!Services.Any(service => ReferenceEquals(service.IsKeyedService ? null : service.ImplementationInstance, scheme)))
        {
            Services.AddSingleton(scheme);
        }

        return this;
    }

    /// <summary>Stores in the memory of the process: for development and tests. Everything is gone when the process ends.</summary>
    public HoldfastBuilder UseInMemory() => UseLog(_ => new InMemoryCommitLog());

    /// <summary>Stores in files, one line of JSON for each commit.</summary>
    /// <param name="directory">The directory; it is created if it does not exist.</param>
    /// <param name="configure">Changes further settings of the log.</param>
    /// <exception cref="StateConfigurationException">A setting is missing or out of its range. Thrown when the store is made.</exception>
    public HoldfastBuilder UseFiles(string directory, Action<FileLogOptions>? configure = null) => UseLog(provider =>
    {
        var options = new FileLogOptions { Directory = directory };
        configure?.Invoke(options);
        return new FileCommitLog(options, provider.GetService<ILogger<FileCommitLog>>());
    });

    /// <summary>Uses an archive, which <see cref="AgentStateStore.ArchiveAsync"/> moves threads to, and which their earlier versions are read from then: the log that <paramref name="create"/> returns. The last call wins.</summary>
    public HoldfastBuilder UseArchive(Func<IServiceProvider, ICommitLog> create)
    {
        ArgumentNullException.ThrowIfNull(create);
        Services.AddKeyedSingleton(_setup.ArchiveKey, (provider, _) => create(provider));
        _setup.CodeHasArchive = true;
        return this;
    }

    /// <summary>Uses the store that a URL names as the archive of this one; see <see cref="UseStore"/> for URLs.</summary>
    /// <inheritdoc cref="UseArchive(Func{IServiceProvider, ICommitLog})"/>
    /// <param name="url">The URL.</param>
    /// <param name="setting">Where the URL comes from, for error messages; the compiler supplies the expression that was passed.</param>
    /// <exception cref="StateConfigurationException">There is no URL, its scheme is unknown, or it cannot be used. Thrown when the host starts, or when the store is made.</exception>
    public HoldfastBuilder UseArchive(string? url, [CallerArgumentExpression(nameof(url))] string? setting = null)
        => UseArchive(provider => StoreSchemes.Of(provider).Open(url, $"UseArchive({setting})"));

    /// <summary>Changes the settings of the store.</summary>
    public HoldfastBuilder Configure(Action<AgentStateOptions> configure)
    {
        Services.Configure(OptionsName, configure);
        return this;
    }

    /// <summary>Removes expired threads of all tenants regularly while the host runs; also old ones, if that is set.</summary>
    public HoldfastBuilder AddCleanup(Action<CleanupServiceOptions>? configure = null)
    {
        var options = new CleanupServiceOptions();
        configure?.Invoke(options);
        options.Problems().ThrowAsSettings();
        var snapshot = options.Snapshot();
        _setup.CodeCleansUp = true;
        _setup.CodeArchives |= snapshot.ArchiveOlderThan is not null;
        return AddCleanup(() => snapshot);
    }

    /// <summary>Runs turns while the host runs: those that were submitted, that sleep and whose time has come, that were interrupted and are decided, and those whose runner is gone.</summary>
    /// <remarks>Any number of hosts may run workers over one store. Each turn is run by one of them at a time.</remarks>
    /// <typeparam name="THandler">What runs a turn; made anew for each, in a scope of its own.</typeparam>
    /// <param name="configure">Changes the settings. Where a section of the configuration sets the store up, it is called again on what <c>Worker</c> in the section says.</param>
    /// <exception cref="StateConfigurationException">A setting is out of its range.</exception>
    public HoldfastBuilder AddThreadWorker<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler>(Action<ThreadWorkerOptions>? configure = null)
        where THandler : class, ITurnHandler
    {
        var options = new ThreadWorkerOptions();
        configure?.Invoke(options);
        options.Problems().ThrowAsSettings();
        var snapshot = options.Snapshot();
        Services.TryAddScoped<THandler>();
        Services.AddSingleton<IHostedService>(provider => new ThreadWorker(
            () => GetStore(provider), provider.GetRequiredService<IServiceScopeFactory>(), scope => scope.GetRequiredService<THandler>(), WorkerOptions() ?? snapshot));
        return this;

        // Code takes precedence over the section, which is read when the worker is made.
        ThreadWorkerOptions? WorkerOptions()
        {
            if (_setup.Configuration is not { } configuration)
            {
                return null;
            }

            var configured = new ThreadWorkerOptions();
            configuration.Apply(configured);
            configure?.Invoke(configured);
            return configured.Snapshot();
        }
    }

    /// <summary>Leaves out advice about this store that is not wanted: it is neither logged when the host starts nor told by the health check.</summary>
    /// <param name="codes">The codes, such as <see cref="AdviceCodes.ExpiryWithoutCleanup"/>. The setting <c>Advice:Silence</c> does the same.</param>
    public HoldfastBuilder SilenceAdvice(params ReadOnlySpan<string> codes)
    {
        foreach (var code in codes)
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(code, nameof(codes));
            _setup.SilencedAdvice.Add(code);
        }

        return this;
    }

    /// <summary>Takes the settings from a section of the configuration. What is set by code later takes precedence.</summary>
    internal void Bind(IConfigurationSection section)
    {
        var configuration = new HoldfastConfiguration(section);
        _setup.Configuration = configuration;
        Configure(configuration.Apply);
        UseUrl(provider => configuration.OpenStore(StoreSchemes.Of(provider), provider.GetService<IConfiguration>()));
        Services.AddKeyedSingleton(_setup.ArchiveKey, (provider, _) => configuration.OpenArchive(StoreSchemes.Of(provider), provider.GetService<IConfiguration>()));
        AddCleanup(configuration.Cleanup);
    }

    private HoldfastBuilder UseUrl(Func<IServiceProvider, ICommitLog> open)
    {
        UseLog(open);
        _setup.IsOpenedByUrl = true;
        return this;
    }

    private HoldfastBuilder AddCleanup(Func<CleanupServiceOptions?> getOptions)
    {
        Services.AddSingleton<IHostedService>(provider => new CleanupService(() => GetStore(provider), getOptions));
        return this;
    }

    private AgentStateStore GetStore(IServiceProvider provider)
        => Name is null ? provider.GetRequiredService<AgentStateStore>() : provider.GetRequiredKeyedService<AgentStateStore>(Name);

    private AgentStateStore CreateStore(IServiceProvider provider)
    {
        AgentStateOptions options;
        try
        {
            options = provider.GetRequiredService<IOptionsMonitor<AgentStateOptions>>().Get(OptionsName);
        }
        catch (OptionsValidationException e)
        {
            throw new StateConfigurationException(string.Join(" ", e.Failures), e);
        }

        var log = provider.GetKeyedService<ICommitLog>(OptionsName) ?? throw new StateConfigurationException(_setup.NoStore);
        if (_setup.HasArchive)
        {
            options.Archive ??= provider.GetRequiredKeyedService<ICommitLog>(_setup.ArchiveKey);
        }

        return new(log, options, provider.GetService<ILogger<AgentStateStore>>());
    }
}
