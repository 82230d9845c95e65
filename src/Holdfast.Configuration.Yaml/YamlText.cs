namespace Holdfast.Configuration.Yaml;

/// <summary>A single value; null for a key without one.</summary>
internal sealed record YamlText(long Line, string? Text) : YamlNode(Line);
