namespace Holdfast.Configuration.Yaml;

/// <summary>The settings of a YAML file in one environment, by their paths, and the lines that they are written in.</summary>
internal sealed class YamlSettings
{
    /// <summary>The key of the presets.</summary>
    public const string Environments = "environments";

    private readonly Dictionary<string, string?> _values = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, long> _lines = new(StringComparer.OrdinalIgnoreCase);

    private YamlSettings(YamlMap root)
    {
        foreach (var (key, node) in root.Members)
        {
            Add(key, node);
        }
    }

    /// <summary>The values; null for a key without one, and for a map or a list that is empty.</summary>
    public IDictionary<string, string?> Values => _values;

    /// <summary>The lines of values, maps and lists.</summary>
    public IReadOnlyDictionary<string, long> Lines => _lines;

    /// <summary>Reads a file: what it says for every environment, and over it the preset of one.</summary>
    /// <param name="text">The text of the file.</param>
    /// <param name="file">Its name, for errors.</param>
    /// <param name="environment">The name of the environment; case does not matter.</param>
    /// <exception cref="StateConfigurationException">The file cannot be used.</exception>
    public static YamlSettings Read(string text, string file, string environment)
    {
        var root = new YamlReader(file).Read(text);
        var preset = PresetsOf(root, file).GetValueOrDefault(environment);
        var common = root.Without(Environments);
        return new(preset is null ? common : common.With(preset));
    }

    /// <summary>The presets of a file by the names of their environments.</summary>
    /// <exception cref="StateConfigurationException">The presets cannot be used.</exception>
    public static IReadOnlyDictionary<string, YamlMap> PresetsOf(YamlMap root, string file)
    {
        var presets = root.Members.GetValueOrDefault(Environments);
        if (presets is not (null or YamlMap or YamlText { Text: null }))
        {
            throw new StateConfigurationException($"{file}:{presets.Line}: '{Environments}' must have the names of environments, each with settings.");
        }

        var named = (presets as YamlMap)?.Members ?? new Dictionary<string, YamlNode>();
        if (named.FirstOrDefault(preset => preset.Value is not (YamlMap or YamlText { Text: null })) is { Value: { } wrong } broken)
        {
            throw new StateConfigurationException($"{file}:{wrong.Line}: the environment '{broken.Key}' must have settings.");
        }

        return named.ToDictionary(preset => preset.Key, preset => preset.Value as YamlMap ?? new(preset.Value.Line, new Dictionary<string, YamlNode>()), StringComparer.OrdinalIgnoreCase);
    }

    private void Add(string path, YamlNode node)
    {
        _lines[path] = node.Line;
        switch (node)
        {
            case YamlText text:
                _values[path] = text.Text;
                break;
            case YamlMap { Members.Count: > 0 } map:
                foreach (var (key, value) in map.Members)
                {
                    Add($"{path}:{key}", value);
                }

                break;
            case YamlList { Items.Count: > 0 } list:
                for (var i = 0; i < list.Items.Count; i++)
                {
                    Add($"{path}:{i}", list.Items[i]);
                }

                break;
            default:
                _values[path] = null;
                break;
        }
    }
}
