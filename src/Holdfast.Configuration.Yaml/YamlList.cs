namespace Holdfast.Configuration.Yaml;

/// <summary>Values in their order.</summary>
internal sealed record YamlList(long Line, IReadOnlyList<YamlNode> Items) : YamlNode(Line);
