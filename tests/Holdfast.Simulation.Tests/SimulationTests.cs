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
        => new SeedRuns("SIMULATION", Seeds).Run(
            (seeds, run) => Parallel.ForEach(seeds, run),
            seed =>
            {
                var world = Simulation.Run(seed).World;
                return new Dictionary<string, int>(world.Counts) { ["commit acknowledged"] = world.Hot.Acknowledged, ["life begun again"] = world.Hot.Reborn };
            },
            Reached,
            output);

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
}
