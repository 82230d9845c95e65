using Holdfast.Logs;

namespace Holdfast.Testing;

/// <summary>Judges, after crashes, kills and faults, whether a log kept what it had acknowledged.</summary>
/// <remarks>
/// Checked for each thread: every acknowledged commit stands once, at its version; versions run from 1 to the head without gaps; bodies have
/// their digests; the chain hash computed from the entries is that of the head. For threads that were neither trimmed nor erased.
/// </remarks>
public static class HistoryChecker
{
    /// <summary>Checks the threads of <paramref name="acknowledged"/>.</summary>
    /// <exception cref="ConformanceException">Something is wrong; the message lists all that is.</exception>
    public static async Task<HistoryReport> CheckAsync(
        ICommitLog log, IEnumerable<AcknowledgedCommit> acknowledged, CancellationToken cancellationToken = default)
    {
        var report = await InspectAsync(log, acknowledged, cancellationToken).ConfigureAwait(false);
        return report.Problems.Count == 0 ? report : throw new ConformanceException(report.ToString());
    }

    /// <summary>Reports on the threads of <paramref name="acknowledged"/>, whatever is wrong with them.</summary>
    public static async Task<HistoryReport> InspectAsync(
        ICommitLog log, IEnumerable<AcknowledgedCommit> acknowledged, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(log);
        var byThread = acknowledged.GroupBy(commit => commit.Key).ToList();
        var (problems, unacknowledged) = (new List<string>(), 0);
        foreach (var thread in byThread)
        {
            var history = new ThreadHistory(thread.Key, [.. thread]);
            var head = await log.GetHeadAsync(thread.Key, cancellationToken).ConfigureAwait(false);
            await foreach (var entry in log.ReadAsync(thread.Key, cancellationToken: cancellationToken).ConfigureAwait(false))
            {
                history.Add(entry);
            }

            history.Finish(head);
            problems.AddRange(history.Problems.Select(problem => $"thread '{thread.Key}': {problem}"));
            unacknowledged += history.Unacknowledged;
        }

        return new(byThread.Count, byThread.Sum(thread => thread.Count()), unacknowledged, problems);
    }
}
