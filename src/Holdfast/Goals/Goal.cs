using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Holdfast;

/// <summary>What an agent wants to achieve. Immutable, and compared by content.</summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed record Goal
{
    /// <summary>The id of the goal within its thread. If it is empty, storing the goal gives it one.</summary>
    public string Id { get; init; } = "";

    /// <summary>What is to be achieved.</summary>
    public required string Text { get; init; }

    /// <summary>Its status.</summary>
    public GoalStatus Status { get; init; }

    /// <summary>How far it has come, as its agent says: 0 to 1.</summary>
    /// <value>The default is null: it follows from the sub-goals and todos, as <see cref="GoalNode.Progress"/> has it.</value>
    public double? Progress { get; init; }

    /// <summary>The id of the goal that it is a part of; null for one that stands by itself.</summary>
    public string? ParentId { get; init; }

    /// <summary>The ids of the todos that serve it. One that is no longer there does not count.</summary>
    public IReadOnlyList<string> TodoIds { get; init; } = [];

    /// <summary>Its place among the others; goals are listed in ascending order.</summary>
    public double Order { get; init; }

    /// <summary>Other members that were stored with it; kept when the goal changes.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Extra { get; init; }

    /// <summary>Whether both have the same content.</summary>
    public bool Equals(Goal? other)
        => other is not null && Id == other.Id && Text == other.Text && Status == other.Status && Nullable.Equals(Progress, other.Progress) && ParentId == other.ParentId
            && Order.Equals(other.Order)
            && TodoIds.SequenceEqual(other.TodoIds)
            && JsonValues.Same(Extra ?? JsonValues.None, other.Extra ?? JsonValues.None);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Id, Text, Status, Progress, ParentId, TodoIds.Count, Order, Extra?.Count ?? 0);

    private bool PrintMembers(StringBuilder text)
    {
        text.Member(nameof(Id), Id).Member(nameof(Text), Text).Member(nameof(Status), Status).Member(nameof(Progress), Progress).Member(nameof(ParentId), ParentId)
            .Member(nameof(TodoIds), TodoIds.Count > 0 ? Describe.List(TodoIds) : null)
            .Member(nameof(Order), Order)
            .Member(nameof(Extra), Extra is { Count: > 0 } ? Describe.List(Extra.Keys) : null);
        return true;
    }
}
