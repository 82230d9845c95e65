namespace Holdfast.Compare.Contestants;

/// <summary>What Marten's live aggregation makes of the events of a stream: the whole conversation.</summary>
public sealed class MartenConversation
{
    public string Id { get; set; } = "";

    public IList<string> Messages { get; } = [];

    public Dictionary<string, object> Variables { get; } = [];

    public void Apply(MessageAdded added)
    {
        ArgumentNullException.ThrowIfNull(added);
        Messages.Add(added.Text);
    }

    public void Apply(VariablesSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        foreach (var (name, value) in set.Values)
        {
            Variables[name] = value;
        }
    }
}
