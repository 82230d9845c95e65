namespace Holdfast.Configuration.Yaml;

/// <summary>A value in a YAML file, with the line that it begins in.</summary>
/// <param name="Line">The line, from 1 on.</param>
internal abstract record YamlNode(long Line);
