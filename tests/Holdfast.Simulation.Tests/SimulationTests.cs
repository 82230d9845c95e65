using System.Collections.Concurrent;
using System.Globalization;
using Holdfast.Logs;
using Holdfast.Testing.Tests.Broken;

namespace Holdfast.Simulation.Tests;

public sealed class SimulationTests(ITestOutputHelper output)
{
    private const int Seeds = 1_000;

    private static readonly Dictionary<string, SimulationOptions> Broken = new()
    {
        ["a keyframe begins a thread unasked"] = new() { Log = log => new RevivingLog(log) },
        ["a repeated commit is taken for a conflict"] = new() { Log = log => new NoDuplicatesLog(log) },
        ["appends get lost"] = new() { Log = log => new LosingLog(log) },
        ["updates are made without conditions"] = new() { Log = log => new UnconditionalUpdateLog(log) },
        ["rewrites are made without conditions"] = new() { Log = log => new RashRewriteLog(log) },
        ["erases are made without conditions"] = new() { Log = log => new RashEraseLog(log) },
        ["reads do not ask for the life"] = new() { Log = log => new LifeIgnoringLog(log) },
        ["trims do not ask for pins"] = new() { TrimsAskForPins = false },
        ["forks are pinned whatever happened meanwhile"] = new() { ForksFoldAgain = false },
        ["erases keep no trunks"] = new() { ErasesKeepTrunks = false },
    };

    // What the runs together must have reached, to be worth anything.
    private static readonly string[] Reached =
        ["commit, done", "crash", "erase, done", "trimmed", "redacted", "copied", "fork shown", "fork begun again", "unpinned fork erased", "stale pin removed", "trunk erased"];

    public static TheoryData<string> Rules => [.. Broken.Keys];

    [Fact]
    public void EverySeed_KeepsEveryPromise()
    {
        var counts = new ConcurrentDictionary<string, int>();
        Parallel.ForEach(SeedsToRun(), seed =>
        {
            var (world, _) = Simulation.Run(seed, new() { ExcusesKnownDefects = Environment.GetEnvironmentVariable("SIMULATION_STRICT") is null });
            foreach (var (what, count) in world.Counts)
            {
                counts.AddOrUpdate(what, count, (_, before) => before + count);
            }

            counts.AddOrUpdate("commit acknowledged", world.Hot.Acknowledged, (_, before) => before + world.Hot.Acknowledged);
            counts.AddOrUpdate("life begun again", world.Hot.Reborn, (_, before) => before + world.Hot.Reborn);
        });

        foreach (var (what, count) in counts.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            output.WriteLine($"{count,7} {what}");
        }

        if (Number("SIMULATION_SEED") is null)
        {
            Reached.ShouldAllBe(what => counts.ContainsKey(what));
        }
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void SomeSeed_FindsThat(string broken)
    {
        var found = Enumerable.Range(1, Seeds).AsParallel().Select(seed => Record.Exception(() => Simulation.Run(seed, Broken[broken]))).FirstOrDefault(error => error is not null);

        output.WriteLine(found.ShouldBeOfType<SimulationException>().Message);
    }

    [Fact]
    public void SameSeed_GivesTheSameRun()
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            Simulation.Run(seed).Trace.ShouldBe(Simulation.Run(seed).Trace);
        }
    }

    // SIMULATION_SEED runs one alone, SIMULATION_SEEDS as many as wanted; SIMULATION_STRICT excuses nothing.
    private static IEnumerable<int> SeedsToRun()
        => Number("SIMULATION_SEED") is { } seed ? [seed] : Enumerable.Range(1, Number("SIMULATION_SEEDS") ?? Seeds);

    private static int? Number(string variable)
        => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
