using System.Diagnostics;

namespace Holdfast;

/// <summary>What is different between two points of a thread, or of two threads.</summary>
/// <remarks>What the engine keeps for itself (turns, leases, labels) is not compared.</remarks>
[DebuggerDisplay("{ToString(),nq}")]
public sealed class ThreadDiff
{
    internal ThreadDiff()
    {
    }

    /// <summary>The first point.</summary>
    public required PlaceInThread From { get; init; }

    /// <summary>The second point.</summary>
    public required PlaceInThread To { get; init; }

    /// <summary>The statuses; null if they are the same.</summary>
    public ValueDiff<ThreadStatus>? Status { get; init; }

    /// <summary>The agents in charge; null if they are the same.</summary>
    public ValueDiff<string?>? Agent { get; init; }

    /// <summary>The owners; null if they are the same.</summary>
    public ValueDiff<string?>? Owner { get; init; }

    /// <summary>The keys of sections that are not the same: variables, metadata, todos, goals, states of tools, and sections of your own.</summary>
    public required IReadOnlyList<KeyDiff> Keys { get; init; }

    /// <summary>The records that are not the same.</summary>
    public required IReadOnlyList<RecordDiff> Records { get; init; }

    /// <summary>How many decisions there are; null if they are as many.</summary>
    public ValueDiff<long>? DecisionCount { get; init; }

    /// <summary>The messages that are not the same, in the order of the conversation.</summary>
    public required IReadOnlyList<MessageDiff> Messages { get; init; }

    /// <summary>Whether messages that one of the points shows were dropped, so that they could not be compared.</summary>
    public bool IsPartial { get; init; }

    /// <summary>Whether nothing is different.</summary>
    public bool IsEmpty
        => Status is null && Agent is null && Owner is null && DecisionCount is null && Keys.Count == 0 && Records.Count == 0 && Messages.Count == 0;

    /// <summary>The differences as JSON; the form is documented in <c>docs/time-machine.md</c>.</summary>
    public string ToJson(bool indented = false) => ThreadDiffJson.Write(this, indented);

    /// <summary>The differences as text for people, one line each: <c>+</c> for what was added, <c>-</c> for what was removed, <c>~</c> for what was changed.</summary>
    /// <param name="color">Whether lines are coloured with ANSI escape sequences. What is stored can bring none: its control characters are shown as escapes.</param>
    public string ToText(bool color = false) => new ThreadDiffText(color).Write(this);

    /// <summary>How much is different, without any value.</summary>
    public override string ToString() => $"{From.Thread} {From.Version} → {To.Thread} {To.Version}: {Keys.Count} keys, {Records.Count} records, {Messages.Count} messages";
}
