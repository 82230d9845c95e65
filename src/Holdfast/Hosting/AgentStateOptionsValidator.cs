using Holdfast.Logs;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Holdfast;

/// <summary>Validates everything that one store is set up with, when the host starts or the store is made, and tells all problems at once.</summary>
internal sealed class AgentStateOptionsValidator(StoreSetup setup, IServiceProvider services) : IValidateOptions<AgentStateOptions>
{
    public ValidateOptionsResult Validate(string? name, AgentStateOptions options)
    {
        if (name != setup.OptionsName)
        {
            return ValidateOptionsResult.Skip;
        }

        List<string> problems =
        [
            .. StoreProblems(),
            .. ArchiveProblems(options),
            .. setup.Configuration?.Problems(services.GetService<IConfiguration>(), options.Problems()) ?? options.Problems(),
        ];
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    // A log that a URL names connects with its first call, so that making it costs nothing; what else a log may do when it is made is not known.
    private IEnumerable<string> StoreProblems()
    {
        if (services.GetService<IServiceProviderIsKeyedService>() is { } registered && !registered.IsKeyedService(typeof(ICommitLog), setup.OptionsName))
        {
            return [setup.NoStore];
        }

        return setup.IsOpenedByUrl ? Problems(setup.OptionsName) : [];
    }

    private IEnumerable<string> ArchiveProblems(AgentStateOptions options)
        => setup.HasArchive ? Problems(setup.ArchiveKey)
            : setup.Archives && options.Archive is null
                ? ["The clean-up is to move threads to an archive (ArchiveOlderThan), and the store has none. Name one with UseArchive, or with the setting Archive."]
            : [];

    private IEnumerable<string> Problems(object log)
    {
        try
        {
            _ = services.GetKeyedService<ICommitLog>(log);
            return [];
        }
        catch (StateConfigurationException e)
        {
            return [e.Message];
        }
    }
}
