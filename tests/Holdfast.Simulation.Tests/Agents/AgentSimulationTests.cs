using System.Collections.Concurrent;

namespace Holdfast.Simulation.Tests.Agents;

public sealed class AgentSimulationTests(ITestOutputHelper output)
{
    private const int Seeds = 2_000;
    private const int MostSeedsToFind = 500;

    private static readonly Dictionary<string, (AgentOptions Options, string Rule)> Broken = new()
    {
        ["a result is used before it is stored"] = (new() { Log = log => new EarlyLog(log) }, Rules.Acknowledged),
        ["what may happen once is begun without a word"] = (new() { StoresStarts = false }, Rules.Once),
        ["nobody is asked"] = (new() { AsksPeople = false }, Rules.Approved),
    };

    // What the runs together must have reached, to be worth anything.
    private static readonly string[] Reached =
    [
        "crash", "freeze", "jump", "erase", "delete", "turn completed", "turn failed", "turn cancelled", "turn stopped", "turn taken by a worker", "begun: replay", "begun: resumed",
        "commit: step runs again", "commit: step failed", "commit: tool refused", "commit: turn sleeps", "commit: turn waits", "commit: said", "forged call refused",
        "answered: Accept", "answered: Edit", "answered: Reject", "answered: Respond", "closed: Answered", "closed: Expired", "commit: deadline passed", "not allowed",
        "caller: LeaseLostException", "caller: TurnBusyException", "caller: StepFailedException",
    ];

    public static TheoryData<string> Mutations => [.. Broken.Keys];

    [Fact]
    public void EverySeed_KeepsEveryPromise()
    {
        var runs = new SeedRuns("AGENTS", Seeds);
        var options = new AgentOptions { StepsTold = runs.IsOne ? int.MaxValue : 200 };
        runs.Run(ForEach, seed => AgentSimulation.Run(seed, options).World.Counts, Reached, output);
    }

    [Theory]
    [MemberData(nameof(Mutations))]
    public void SomeSeed_FindsThat(string broken)
    {
        var (options, rule) = Broken[broken];
        var found = new ConcurrentBag<SimulationException>();
        ForEach(Enumerable.Range(1, MostSeedsToFind), seed =>
        {
            if (!found.Any(failure => Breaks(failure, rule)) && Record.Exception(() => AgentSimulation.Run(seed, options)) is SimulationException failure)
            {
                found.Add(failure);
            }
        });

        found.ShouldContain(failure => Breaks(failure, rule), string.Join("\n", found.Select(failure => failure.InnerException!.Message)));
    }

    private static bool Breaks(SimulationException failure, string rule) => failure.Message.Contains($"({rule})", StringComparison.Ordinal);

    [Fact]
    public void SameSeed_GivesTheSameRun()
    {
        // Tools that run side by side wait for one another by way of the pool: on a busy machine the scheduler may go on before one of them is back, and take another order.
        var options = new AgentOptions { RunsToolsSideBySide = false };
        for (var seed = 1; seed <= 20; seed++)
        {
            AgentSimulation.Run(seed, options).Trace.ShouldBe(AgentSimulation.Run(seed, options).Trace);
        }
    }

    // On threads of their own: those of the pool are for flows that go on by way of it.
    private static void ForEach(IEnumerable<int> seeds, Action<int> run)
    {
        var left = new ConcurrentQueue<int>(seeds);
        var threads = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Thread(() =>
        {
            while (left.TryDequeue(out var seed))
            {
                run(seed);
            }
        })).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
    }
}
