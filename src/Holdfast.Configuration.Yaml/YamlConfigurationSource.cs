using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Configuration;

namespace Holdfast.Configuration.Yaml;

/// <summary>A YAML file as a source of configuration.</summary>
internal sealed class YamlConfigurationSource : FileConfigurationSource
{
    /// <summary>The environment whose preset is taken.</summary>
    public required string Environment { get; init; }

    public override IConfigurationProvider Build(IConfigurationBuilder builder)
    {
        EnsureDefaults(builder);

        // What is wrong is told as it is, instead of "the file cannot be loaded".
        OnLoadException ??= context =>
        {
            if (context.Exception.InnerException is StateConfigurationException problem)
            {
                ExceptionDispatchInfo.Throw(problem);
            }
        };
        return new YamlConfigurationProvider(this);
    }
}
