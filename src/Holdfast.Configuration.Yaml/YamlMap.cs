namespace Holdfast.Configuration.Yaml;

/// <summary>Values by their keys, whose case does not matter.</summary>
internal sealed record YamlMap(long Line, IReadOnlyDictionary<string, YamlNode> Members) : YamlNode(Line)
{
    /// <summary>This map with what another one says in the place of what this one says. Maps within are merged in turn; lists and single values are replaced.</summary>
    public YamlMap With(YamlMap other)
    {
        var members = new Dictionary<string, YamlNode>(Members, StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in other.Members)
        {
            members[key] = value is YamlMap theirs && members.GetValueOrDefault(key) is YamlMap ours ? ours.With(theirs) : value;
        }

        return this with { Members = members };
    }

    /// <summary>This map without a member.</summary>
    public YamlMap Without(string key) => this with
    {
        Members = Members.Where(member => !member.Key.Equals(key, StringComparison.OrdinalIgnoreCase)).ToDictionary(StringComparer.OrdinalIgnoreCase),
    };
}
