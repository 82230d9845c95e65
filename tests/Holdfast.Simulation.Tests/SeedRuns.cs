using System.Collections.Concurrent;
using System.Globalization;

namespace Holdfast.Simulation.Tests;

/// <summary>Runs of a simulation from many seeds, and what they come to together.</summary>
/// <param name="prefix">That of the variables of the environment: <c>PREFIX_SEED</c> runs one seed alone, <c>PREFIX_SEEDS</c> as many as wanted, from <c>PREFIX_FROM</c> on.</param>
/// <param name="seeds">How many seeds are run where the environment says nothing.</param>
internal sealed class SeedRuns(string prefix, int seeds)
{
    /// <summary>Whether one seed is run alone, to look at it.</summary>
    public bool IsOne => Number("SEED") is not null;

    /// <summary>Runs the seeds, tells what was done, and throws the failure of the lowest seed.</summary>
    /// <param name="forEach">Does something for each seed.</param>
    /// <param name="run">Makes a run, and counts what was done in it.</param>
    /// <param name="reached">What all runs together must have done, to be worth anything.</param>
    /// <param name="output">Where it is told.</param>
    public void Run(Action<IEnumerable<int>, Action<int>> forEach, Func<int, IReadOnlyDictionary<string, int>> run, IEnumerable<string> reached, ITestOutputHelper output)
    {
        var counts = new ConcurrentDictionary<string, int>();
        var failures = new ConcurrentDictionary<int, SimulationException>();
        forEach(Seeds(), seed =>
        {
            try
            {
                foreach (var (what, count) in run(seed))
                {
                    counts.AddOrUpdate(what, count, (_, before) => before + count);
                }
            }
            catch (SimulationException e)
            {
                failures[seed] = e;
            }
        });

        foreach (var (what, count) in counts.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            output.WriteLine($"{count,7} {what}");
        }

        foreach (var (seed, failure) in failures.OrderBy(pair => pair.Key))
        {
            output.WriteLine($"seed {seed}: {failure.InnerException!.Message}");
        }

        if (!failures.IsEmpty)
        {
            throw failures.MinBy(pair => pair.Key).Value;
        }

        if (!IsOne)
        {
            reached.Where(what => !counts.ContainsKey(what)).ShouldBeEmpty();
        }
    }

    private IEnumerable<int> Seeds() => Number("SEED") is { } seed ? [seed] : Enumerable.Range(Number("FROM") ?? 1, Number("SEEDS") ?? seeds);

    private int? Number(string variable)
        => Environment.GetEnvironmentVariable($"{prefix}_{variable}") is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
