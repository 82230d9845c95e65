using Microsoft.Extensions.Configuration;

namespace Holdfast.Cli.Configuring;

/// <summary>A file with settings of a store: YAML, or JSON as of <c>appsettings.json</c>.</summary>
internal sealed class ConfigFile
{
    private static readonly string[] Defaults = ["holdfast.yaml", "holdfast.yml", "appsettings.json"];

    private readonly string _path;

    private ConfigFile(string path) => _path = path;

    /// <summary>The name that errors give it.</summary>
    public string Name => Path.GetFileName(_path);

    private bool IsJson => Path.GetExtension(_path).Equals(".json", StringComparison.OrdinalIgnoreCase);

    private string Directory => Path.GetDirectoryName(_path)!;

    /// <summary>The file that a command line names; without a name the first of those that are usual.</summary>
    /// <exception cref="ToolException">There is no such file.</exception>
    public static ConfigFile Find(string? path)
    {
        var found = path is { Length: > 0 } ? path : Array.Find(Defaults, File.Exists);
        return found is not null && File.Exists(found) ? new(Path.GetFullPath(found))
            : throw ToolException.Input(found is null ? $"There is none of {string.Join(", ", Defaults)} here." : $"There is no file '{found}'.", "Name the file: `holdfast config validate FILE`.");
    }

    /// <summary>The environments that have settings of their own: presets in YAML, other files beside one of JSON.</summary>
    /// <exception cref="StateConfigurationException">The file cannot be used.</exception>
    public IReadOnlyList<string> Environments()
    {
        if (!IsJson)
        {
            return HoldfastYamlConfigurationExtensions.ReadHoldfastEnvironments(_path);
        }

        var stem = Path.GetFileNameWithoutExtension(_path) + ".";
        return [.. System.IO.Directory.EnumerateFiles(Directory, $"{stem}*.json").Select(file => Path.GetFileNameWithoutExtension(file)[stem.Length..]).Where(name => !name.Contains('.', StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
    }

    /// <summary>Reads the file.</summary>
    /// <param name="environment">The environment; empty for none.</param>
    /// <exception cref="StateConfigurationException">The file cannot be used.</exception>
    public IConfigurationRoot Load(string environment)
    {
        var builder = new ConfigurationBuilder().SetBasePath(Directory);
        if (!IsJson)
        {
            return builder.AddHoldfastYaml(Name, environment).Build();
        }

        try
        {
            builder.AddJsonFile(Name);
            return (environment.Length > 0 ? builder.AddJsonFile($"{Path.GetFileNameWithoutExtension(_path)}.{environment}.json", optional: true) : builder).Build();
        }
        catch (InvalidDataException e)
        {
            throw new StateConfigurationException($"{Name} cannot be read: {e.InnerException?.InnerException?.Message ?? e.InnerException?.Message ?? e.Message}", e);
        }
    }
}
