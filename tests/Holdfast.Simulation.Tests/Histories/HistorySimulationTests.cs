using Holdfast.Logs;
using Holdfast.Testing.Tests.Broken;

namespace Holdfast.Simulation.Tests.Histories;

/// <summary>Random histories of commits, restores, labels, forks, merges, trims, redactions, archives and erasures, with crashes between any two calls, against a model.</summary>
public sealed class HistorySimulationTests(ITestOutputHelper output)
{
    private const int Seeds = 80;

    private static readonly SimulationOptions Options = new() { Acts = 60 };

    private static readonly Dictionary<string, Func<ICommitLog, ICommitLog>> Broken = new()
    {
        ["appends get lost"] = log => new LosingLog(log),
        ["updates are made without conditions"] = log => new UnconditionalUpdateLog(log),
    };

    // What the runs together must have reached, to be worth anything.
    private static readonly string[] Reached =
    [
        "crash", "commit, done", "stay open: CommitConflictException", "restore, done", "roll back, done", "label, done", "fork, done", "fork: ThreadExistsException", "fork: HistoryDroppedException",
        "merge, done", "merge: MergeConflictException", "pick, done", "dropped", "redacted", "archived", "erase, done", "clean up, done", "load, done", "compared",
        "told: ThreadCommitted", "told: VersionsDropped", "told: ThreadEnded", "comes back",
    ];

    public static TheoryData<string> Rules => [.. Broken.Keys];

    [Fact]
    public void EverySeed_ShowsWhatWasCommitted_WhateverIsDoneToThePast()
        => new SeedRuns("HISTORIES", Seeds).Run((seeds, run) => Parallel.ForEach(seeds, run), seed => Run(seed, Options).World.Counts, Reached, output);

    [Theory]
    [MemberData(nameof(Rules))]
    public void SomeSeed_FindsThat(string broken)
    {
        var options = Options with { Log = Broken[broken] };
        var found = Enumerable.Range(1, Seeds).AsParallel().Select(seed => Record.Exception(() => Run(seed, options))).FirstOrDefault(error => error is not null);

        output.WriteLine(found.ShouldBeOfType<SimulationException>().Message);
    }

    [Fact]
    public void SameSeed_GivesTheSameRun()
    {
        for (var seed = 1; seed <= 5; seed++)
        {
            Run(seed, Options).Trace.ShouldBe(Run(seed, Options).Trace);
        }
    }

    // The log in memory answers at once, so nothing is waited for.
    private static (HistoryWorld World, IReadOnlyList<string> Trace) Run(int seed, SimulationOptions options) => HistorySimulation.RunAsync(seed, options).GetAwaiter().GetResult();
}
