using System.Text;

namespace Holdfast.Simulation.Tests.Agents;

/// <summary>The turns of a thread at one version.</summary>
internal sealed record ThreadFacts
{
    public static ThreadFacts None { get; } = Of(new());

    public required IReadOnlyDictionary<string, TurnDocument> Turns { get; init; }

    public required IReadOnlyDictionary<string, QueuedDocument> Queue { get; init; }

    public required IReadOnlyDictionary<string, StepDocument> Steps { get; init; }

    public required IReadOnlyDictionary<string, InterruptDocument> Interrupts { get; init; }

    public required LeaseDocument? Lease { get; init; }

    /// <summary>The size of what is folded of turns.</summary>
    public required int Bytes { get; init; }

    /// <summary>Whether nothing is left to be done, but by those who want a failed turn again.</summary>
    public bool IsQuiet => Queue.Count == 0 && Lease?.Turn is null && Turns.Values.All(turn => turn is { State: TurnState.Failed } or { State: TurnState.Running, IsParallel: true });

    public static ThreadFacts Of(ThreadState state)
    {
        var json = TurnJson.Compact;
        return new()
        {
            Turns = TurnFacts.All(state, TurnSections.Turns, json.TurnDocument).ToDictionary(),
            Queue = TurnFacts.All(state, TurnSections.Queue, json.QueuedDocument).ToDictionary(),
            Steps = TurnFacts.All(state, TurnSections.Steps, json.StepDocument).ToDictionary(),
            Interrupts = TurnFacts.All(state, TurnSections.Interrupts, json.InterruptDocument).ToDictionary(),
            Lease = TurnFacts.Find(state, TurnSections.Lease, TurnSections.Holder, json.LeaseDocument),
            Bytes = state.Sections.Where(section => section.Key.StartsWith('$')).Sum(section => section.Value.Sum(pair => Encoding.UTF8.GetByteCount(pair.Key) + pair.Value.Length)),
        };
    }

    public override string ToString()
        => $"turns [{string.Join(", ", Turns.Values.Select(turn => $"{turn.State} {turn.Key} {turn.By}{(turn.IsParallel ? " parallel" : "")}"))}], {Queue.Count} queued, "
            + $"questions [{string.Join(", ", Interrupts.Values.Where(asked => asked.State is InterruptState.Pending or InterruptState.Answered).Select(asked => $"{asked.Name} {asked.State}"))}], lease {Lease?.Token}";
}
