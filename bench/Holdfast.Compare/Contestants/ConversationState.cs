namespace Holdfast.Compare.Contestants;

/// <summary>The state of a grain, which Orleans writes as a whole.</summary>
[GenerateSerializer]
internal sealed class ConversationState
{
    [Id(0)]
    public List<Message> Messages { get; set; } = [];

    [Id(1)]
    public Dictionary<string, object> Variables { get; set; } = [];
}
