using System.Diagnostics;
using System.Text;

namespace Holdfast;

/// <summary>What was decided, and why. Immutable, compared by content, and never changed once it is committed.</summary>
[DebuggerDisplay("{ToString(),nq}")]
public sealed record Decision
{
    /// <summary>By what it is read again: the version of its commit and its place there, such as <c>12.0</c>; empty until it is committed.</summary>
    public string Id { get; internal init; } = "";

    /// <summary>The how-manieth decision of the thread it is: 1, 2, 3, …; 0 until it is committed.</summary>
    public long Number { get; internal init; }

    /// <summary>When it was committed; null until it is.</summary>
    public DateTimeOffset? At { get; internal init; }

    /// <summary>What was decided.</summary>
    public required string Text { get; init; }

    /// <summary>Why.</summary>
    public required string Reason { get; init; }

    /// <summary>What was considered and not chosen.</summary>
    public IReadOnlyList<string> Alternatives { get; init; } = [];

    /// <summary>The id of the goal that it concerns; null for none.</summary>
    public string? GoalId { get; init; }

    /// <summary>Who decided.</summary>
    /// <value>The default is null; once it is committed, that is who made the commit: <see cref="CommitInfo.By"/>.</value>
    public string? By { get; init; }

    /// <summary>Whether both have the same content.</summary>
    public bool Equals(Decision? other)
        => other is not null && Id == other.Id && Number == other.Number && At == other.At && Text == other.Text && Reason == other.Reason
            && GoalId == other.GoalId && By == other.By
            && Alternatives.SequenceEqual(other.Alternatives);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Id, Number, At, Text, Reason, GoalId, By, Alternatives.Count);

    private bool PrintMembers(StringBuilder text)
    {
        text.Member(nameof(Id), Id).Member(nameof(Number), Number).Member(nameof(At), Describe.Time(At)).Member(nameof(By), By).Member(nameof(GoalId), GoalId)
            .Member(nameof(Text), Text).Member(nameof(Reason), Reason)
            .Member(nameof(Alternatives), Alternatives.Count > 0 ? Alternatives.Count : null);
        return true;
    }
}
