using System.Diagnostics;

namespace Holdfast.Benchmarks;

/// <summary>Measures several actions in turns, a short block of calls of each after the other, so that what disturbs the machine disturbs all of them.</summary>
internal static class Interleaved
{
    private const int WarmUp = 5;
    private const int Block = 50;

    /// <summary>The median time of a call, in µs: for each action, one value for each repetition. What comes first warms up (the compiler, the files at their size) and does not count.</summary>
    public static async Task<List<List<double>>> MeasureAsync(int repetitions, int calls, params Func<Task>[] actions)
    {
        var medians = actions.Select(_ => new List<double>()).ToList();
        var times = actions.Select(_ => new double[calls]).ToList();
        for (var repetition = -WarmUp; repetition < repetitions; repetition++)
        {
            for (var block = 0; block < calls; block += Block)
            {
                for (var (i, call) = (0, block); i < actions.Length; (i, call) = call + 1 < Math.Min(block + Block, calls) ? (i, call + 1) : (i + 1, block))
                {
                    var started = Stopwatch.GetTimestamp();
                    await actions[i]();
                    times[i][call] = Stopwatch.GetElapsedTime(started).TotalMicroseconds;
                }
            }

            for (var i = 0; i < actions.Length && repetition >= 0; i++)
            {
                Array.Sort(times[i]);
                medians[i].Add(times[i][calls / 2]);
            }
        }

        return medians;
    }
}
