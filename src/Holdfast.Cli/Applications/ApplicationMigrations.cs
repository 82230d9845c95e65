using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Holdfast.Logs;

namespace Holdfast.Cli.Applications;

/// <summary>The migrations that the assembly of an application brings.</summary>
internal sealed class ApplicationMigrations
{
    /// <summary>Why an application cannot be loaded by a tool that was trimmed.</summary>
    public const string NotTrimmed = "The assembly of an application uses what trimming takes away.";

    private const string Switch = "Holdfast.Cli.LoadsApplications";

    private readonly IStateMigrations _migrations;

    private ApplicationMigrations(IStateMigrations migrations) => _migrations = migrations;

    /// <summary>Whether this build of the tool can load applications. One that was trimmed or compiled ahead of time cannot.</summary>
    [FeatureSwitchDefinition(Switch)]
    [FeatureGuard(typeof(RequiresUnreferencedCodeAttribute))]
#pragma warning disable IL4000 // The project file turns the switch off whenever the tool is trimmed, which the analyzer cannot see.
    public static bool CanBeLoaded => !AppContext.TryGetSwitch(Switch, out var isOn) || isOn;
#pragma warning restore IL4000

    /// <summary>The class that they are in.</summary>
    public string Name => _migrations.GetType().FullName!;

    /// <summary>Loads an assembly and makes the class with its migrations.</summary>
    /// <param name="path">The file.</param>
    /// <param name="type">The name of the class, with or without its namespace; null for the only one.</param>
    /// <exception cref="ToolException">The file is no assembly that the tool can use, or has not just one such class.</exception>
    [RequiresUnreferencedCode(NotTrimmed)]
    public static ApplicationMigrations Load(string path, string? type)
    {
        var found = ApplicationAssembly.Open(path).Find(type);
        try
        {
            return new((IStateMigrations)Activator.CreateInstance(found)!);
        }
        catch (Exception e)
        {
            throw Failed($"The constructor of {found.FullName}", (e as TargetInvocationException)?.InnerException ?? e);
        }
    }

    /// <summary>The settings of a store with the migrations.</summary>
    /// <exception cref="ToolException">The migrations could not be added, or do not make one chain.</exception>
    public async Task<AgentStateOptions> OptionsAsync(TimeProvider time)
    {
        var options = new AgentStateOptions { TimeProvider = time };
        try
        {
            _migrations.AddTo(options);
        }
        catch (Exception e)
        {
            throw Failed($"{Name}.AddTo", e);
        }

        options.AcceptAnySchema = false;
        try
        {
            await new AgentStateStore(new InMemoryCommitLog(), options).DisposeAsync();
        }
        catch (StateConfigurationException e)
        {
            throw ToolException.Application($"The store of the application cannot be made with {Name}: {e.Message}", null, e);
        }

        return options;
    }

    private static ToolException Failed(string what, Exception cause)
        => ToolException.Application($"{what} failed: {cause.GetType().Name}: {cause.Message}", "The tool starts no host, and has no services or configuration of the application. HOLDFAST_DEBUG=1 shows where it happened.", cause);
}
