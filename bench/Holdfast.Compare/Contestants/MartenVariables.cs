namespace Holdfast.Compare.Contestants;

/// <summary>The snapshot that Marten keeps beside a stream: the variables, not the messages, so that its size does not grow with them.</summary>
public sealed class MartenVariables
{
    public string Id { get; set; } = "";

    public int Version { get; set; }

    public Dictionary<string, object> Variables { get; set; } = [];

    public void Apply(VariablesSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        foreach (var (name, value) in set.Values)
        {
            Variables[name] = value;
        }
    }
}
