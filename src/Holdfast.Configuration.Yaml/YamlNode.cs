namespace Holdfast.Configuration.Yaml;

/// <summary>A value in a YAML file, with its line: that of its key, if it has one.</summary>
/// <param name="Line">The line, from 1 on.</param>
internal abstract record YamlNode(long Line);
