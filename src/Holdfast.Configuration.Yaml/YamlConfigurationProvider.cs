using Microsoft.Extensions.Configuration;

namespace Holdfast.Configuration.Yaml;

/// <summary>The settings of a YAML file, and where each is written.</summary>
internal sealed class YamlConfigurationProvider(YamlConfigurationSource source) : FileConfigurationProvider(source), IConfigurationPlaces
{
    private IReadOnlyDictionary<string, long> _lines = new Dictionary<string, long>();

    public override void Load(Stream stream)
    {
        using var text = new StreamReader(stream);
        var settings = YamlSettings.Read(text.ReadToEnd(), source.Path!, source.Environment);
        (Data, _lines) = (settings.Values, settings.Lines);
    }

    public string? FindPlace(string key) => _lines.TryGetValue(key, out var line) ? $"{source.Path}:{line}" : null;
}
