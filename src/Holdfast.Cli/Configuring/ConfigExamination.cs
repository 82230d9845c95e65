using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Holdfast.Cli.Configuring;

/// <summary>Examines the section of a store in a file of configuration as a host does when it starts. No store is opened.</summary>
internal static class ConfigExamination
{
    /// <summary>What is wrong with the settings in an environment; empty if nothing is.</summary>
    /// <param name="file">The file.</param>
    /// <param name="section">The path of the section.</param>
    /// <param name="environment">The environment; empty for none.</param>
    public static async Task<IReadOnlyList<string>> FindProblemsAsync(ConfigFile file, string section, string environment)
    {
        try
        {
            var configuration = file.Load(environment);
            if (!configuration.GetSection(section).Exists())
            {
                var nearest = configuration.GetChildren().Select(child => child.Key).ToList();
                return [$"{file.Name} has no section '{section}'{(nearest.Count > 0 ? $"; it has {string.Join(", ", nearest)}" : "")}."];
            }

            var services = new ServiceCollection().AddSingleton<IConfiguration>(configuration);
            services.AddHoldfast(configuration.GetSection(section), holdfast => holdfast.AddSqlite().AddRedis().AddPostgres().AddDynamoDb());
            await using var provider = services.BuildServiceProvider();
            _ = provider.GetRequiredService<IOptions<AgentStateOptions>>().Value;
            return [];
        }
        catch (OptionsValidationException e)
        {
            return [.. e.Failures];
        }
        catch (StateConfigurationException e)
        {
            return [e.Message];
        }
    }
}
