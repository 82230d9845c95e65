using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Holdfast;

/// <summary>One task on an agent's list. Immutable, and compared by content.</summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed record TodoItem
{
    /// <summary>The id of the todo within its thread. If it is empty, storing the todo gives it one.</summary>
    public string Id { get; init; } = "";

    /// <summary>What is to be done.</summary>
    public required string Content { get; init; }

    /// <summary>Its status.</summary>
    public TodoStatus Status { get; init; }

    /// <summary>Its place in the list; todos are listed in ascending order.</summary>
    public double Order { get; init; }

    /// <summary>Other members that were stored with it; kept when the todo changes.</summary>
    public IReadOnlyDictionary<string, JsonElement>? Extra { get; init; }

    /// <summary>Whether both have the same content.</summary>
    public bool Equals(TodoItem? other)
        => other is not null && Id == other.Id && Content == other.Content && Status == other.Status && Order.Equals(other.Order)
            && JsonValues.Same(Extra ?? JsonValues.None, other.Extra ?? JsonValues.None);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Id, Content, Status, Order, Extra?.Count ?? 0);

    private bool PrintMembers(StringBuilder text)
    {
        text.Member(nameof(Id), Id).Member(nameof(Content), Content).Member(nameof(Status), Status).Member(nameof(Order), Order);
        text.Member(nameof(Extra), Extra is { Count: > 0 } ? Describe.List(Extra.Keys) : null);
        return true;
    }
}
