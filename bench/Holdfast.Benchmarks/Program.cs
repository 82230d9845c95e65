// Holdfast.Benchmarks turns [--backend NAME] [--json FILE] [--repetitions N] [--directory DIR]   whole turns, as ratios against the raw driver in the same run
//                           backends: sqlite (the default), files, redis, redis-everysec, postgres, dynamodb
// Holdfast.Benchmarks agents [--backend sqlite | postgres] [as turns]                            turns with tools and steps, beside the same by hand
// Holdfast.Benchmarks fork [as turns]                                                             forks of threads with 10, 1,000 and 10,000 messages
// Holdfast.Benchmarks time-machine [--backend sqlite | postgres] [as turns]                      fork, restore, diff and trim of the same, beside a copy of all rows by hand
// Holdfast.Benchmarks archive [--archive NAME] [as turns]                                        100 threads moved to an archive (sqlite is the default), and what they cost then
// Holdfast.Benchmarks watch [--backend NAME] [--repetitions N] [--directory DIR]                  from a commit to the event of a watch, and what hints cost
// Holdfast.Benchmarks engine [BenchmarkDotNet options]                                            the engine alone
// Holdfast.Benchmarks allocations                                                                 how many bytes a turn allocates, step by step
using BenchmarkDotNet.Running;
using Holdfast.Benchmarks;

switch (args.FirstOrDefault())
{
    case "turns":
        await TurnReport.RunAsync(Arguments.Parse(args[1..]), (backend, repetitions) => new TurnBenchmarks(backend, repetitions).RunAsync());
        return 0;
    case "agents":
        await TurnReport.RunAsync(Arguments.Parse(args[1..]), (backend, repetitions) => new AgentBenchmarks(backend, repetitions).RunAsync());
        return 0;
    case "fork":
        await TurnReport.RunAsync(Arguments.Parse(args[1..]), (backend, repetitions) => new ForkBenchmarks(backend, repetitions).RunAsync());
        return 0;
    case "time-machine":
        await TurnReport.RunAsync(Arguments.Parse(args[1..]), (backend, repetitions) => new TimeMachineBenchmarks(backend, repetitions).RunAsync());
        return 0;
    case "archive":
        var arguments = Arguments.Parse(args[1..]);
        await using (var archive = await TurnReport.StartAsync(arguments with { Backend = arguments.Archive }))
        {
            await TurnReport.RunAsync(arguments, (backend, repetitions) => new ArchiveBenchmarks(backend, archive, repetitions).RunAsync());
        }

        return 0;
    case "watch":
        await WatchReport.RunAsync(Arguments.Parse(args[1..]));
        return 0;
    case "engine":
        BenchmarkSwitcher.FromTypes([typeof(EngineBenchmarks)]).Run(args.Length > 1 ? args[1..] : ["--filter", "*"]);
        return 0;
    case "allocations":
        await Allocations.RunAsync();
        return 0;
    default:
        await Console.Error.WriteLineAsync("Usage: turns | agents | fork | time-machine | archive [--archive NAME] [--backend NAME] [--json FILE] [--repetitions N] [--directory DIR] | watch [--backend NAME] | engine [BenchmarkDotNet options] | allocations");
        return 2;
}
