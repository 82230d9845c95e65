namespace Holdfast.Testing;

/// <summary>What a <see cref="HistoryChecker"/> found.</summary>
/// <param name="Threads">How many threads were looked at.</param>
/// <param name="Acknowledged">How many commits had been acknowledged.</param>
/// <param name="Unacknowledged">How many entries stand without having been acknowledged; their writers may have been killed before they heard of it.</param>
/// <param name="Problems">What is wrong, thread by thread; empty when all is well.</param>
public sealed record HistoryReport(int Threads, int Acknowledged, int Unacknowledged, IReadOnlyList<string> Problems)
{
    /// <inheritdoc/>
    public override string ToString()
        => $"{Threads} threads, {Acknowledged} acknowledged commits, {Unacknowledged} unacknowledged entries, {Problems.Count} problems"
            + string.Concat(Problems.Select(problem => $"{Environment.NewLine}- {problem}"));
}
