using Holdfast;
using Holdfast.Configuration.Yaml;

namespace Microsoft.Extensions.Configuration;

/// <summary>Adds a YAML file with settings of Holdfast to a configuration.</summary>
public static class HoldfastYamlConfigurationExtensions
{
    /// <summary>Adds a YAML file: its keys are sections and settings as in <c>appsettings.json</c>, and under <c>environments</c> it has presets.</summary>
    /// <remarks>
    /// <para>The preset of the environment is laid over the rest of the file: sections are merged, values and lists are replaced.</para>
    /// <para>
    /// The file is put after the files that the configuration has, so that it overrides <c>appsettings.json</c>, and what a host adds after its files still overrides it: environment variables
    /// and the command line. Where there are no files it is put last.
    /// </para>
    /// <para>It is read once. Variables such as <c>${NAME:default}</c> are replaced when a store is made from the section; whoever else reads a value sees them as they are written.</para>
    /// </remarks>
    /// <param name="builder">The configuration.</param>
    /// <param name="path">The path of the file, relative to the base path of the configuration: in a host, its content root.</param>
    /// <param name="environment">
    /// The name of the environment; case does not matter. Null for that of the host, or else the environment variable <c>DOTNET_ENVIRONMENT</c> or <c>ASPNETCORE_ENVIRONMENT</c>, or else <c>Production</c>.
    /// </param>
    /// <param name="optional">Whether the file may be missing.</param>
    /// <exception cref="StateConfigurationException">The file is not YAML, or has a key twice. The message names the file and the line. Thrown when the configuration is built; by that of a host at once.</exception>
    /// <exception cref="FileNotFoundException">There is no such file. Thrown likewise.</exception>
    public static IConfigurationBuilder AddHoldfastYaml(this IConfigurationBuilder builder, string path = "holdfast.yaml", string? environment = null, bool optional = false)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var source = new YamlConfigurationSource { Path = path, Optional = optional, Environment = environment ?? EnvironmentOf(builder) };
        source.ResolveFileProvider();
        var lastFile = builder.Sources.ToList().FindLastIndex(other => other is FileConfigurationSource);
        builder.Sources.Insert(lastFile >= 0 ? lastFile + 1 : builder.Sources.Count, source);
        return builder;
    }

    /// <summary>Reads the names of the environments that a YAML file has presets for.</summary>
    /// <param name="path">The path of the file.</param>
    /// <exception cref="StateConfigurationException">The file is not YAML, has a key twice, or its presets cannot be used. The message names the file and the line.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyList<string> ReadHoldfastEnvironments(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        return [.. YamlSettings.PresetsOf(new YamlReader(path).Read(File.ReadAllText(path)), path).Keys];
    }

    // A host keeps the name in its configuration, wherever it has it from.
    private static string EnvironmentOf(IConfigurationBuilder builder)
        => Named((builder as IConfiguration)?["environment"]) ?? Named(Environment.GetEnvironmentVariable("DOTNET_ENVIRONMENT")) ?? Named(Environment.GetEnvironmentVariable("ASPNETCORE_ENVIRONMENT")) ?? "Production";

    private static string? Named(string? name) => string.IsNullOrWhiteSpace(name) ? null : name;
}
