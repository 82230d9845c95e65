using System.Text;

namespace Holdfast;

public sealed partial record AgentState
{
    /// <summary>Whether both states have the same content. The order of keys, white space and escapes in JSON do not count.</summary>
    public bool Equals(AgentState? other)
        => ReferenceEquals(this, other)
            || (other is not null && Thread == other.Thread && Version == other.Version && Status == other.Status && Agent == other.Agent && UserId == other.UserId
                && _messages.SameAs(other._messages)
                && JsonValues.Same(Variables, other.Variables)
                && JsonValues.Same(Metadata, other.Metadata)
                && Todos.SequenceEqual(other.Todos)
                && Goals.SequenceEqual(other.Goals)
                && JsonValues.Same(Tools, other.Tools)
                && JsonValues.Same(OtherSections, other.OtherSections));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Thread, Version, Status, Agent, UserId, _messages.Count, Variables.Count, HashCode.Combine(Todos.Count, Goals.Count));

    // Keys, but no values and no messages: a state in a log tells no secrets.
    private bool PrintMembers(StringBuilder text)
    {
        text.Member(nameof(Thread), Thread).Member(nameof(Version), Version).Member(nameof(Status), Status).Member(nameof(Agent), Agent).Member(nameof(UserId), UserId)
            .Member(nameof(Messages), _messages.Count)
            .Member(nameof(Variables), Describe.List(Variables.Keys))
            .Member(nameof(Metadata), Describe.List(Metadata.Keys))
            .Member(nameof(Todos), Todos.Count)
            .Member(nameof(Tools), Describe.List(Tools.Keys));
        text.Member(nameof(Goals), Goals.Count > 0 ? Goals.Count : null);
        text.Member(nameof(OtherSections), OtherSections.Count > 0 ? Describe.List(OtherSections.Keys) : null);
        return true;
    }
}
