using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Holdfast.Logs;

namespace Holdfast.Testing;

/// <summary>Runs random sequences of operations on a log and on a simple model of it, and compares every answer.</summary>
public static class ModelRunner
{
    /// <summary>Runs sequences until one is answered differently, or all have been run.</summary>
    /// <param name="log">The log under test; each sequence uses a tenant of its own.</param>
    /// <param name="options">How much is run; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the run after the operation that is under way.</param>
    /// <exception cref="ConformanceException">The log answered differently. The message has the shortest sequence that was found, and the seed.</exception>
    public static async Task RunAsync(ICommitLog log, ModelRunOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(log);
        options ??= new();
        var outcome = new OutcomeRunner();
        var config = Config.Quick
            .WithMaxTest(options.Sequences)
            .WithStartSize(Math.Min(3, options.LongestSequence))
            .WithEndSize(options.LongestSequence)
            .WithRunner(outcome);
        if (options.Seed is { } seed)
        {
            config = config.WithReplay(ParseSeed(seed));
        }

        var property = Prop.ForAll(ModelSteps.Sequences, steps => ModelRun.RunAsync(log, steps, cancellationToken));

        // FsCheck blocks the thread on which it runs.
        await Task.Run(() => Check.One(config, property), cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        if (outcome.Failure is { } failure)
        {
            throw new ConformanceException(await DescribeAsync(log, failure, cancellationToken));
        }
    }

    private static async Task<string> DescribeAsync(ICommitLog log, TestResult.Failed failure, CancellationToken cancellationToken)
    {
        var steps = (ModelStep[])failure.Item3.Single();
        var (replay, size) = (failure.Item6, failure.Item7);
        var seed = string.Create(CultureInfo.InvariantCulture, $"{replay.Seed},{replay.Gamma},{size}");
        return $$"""
            The log answered differently from the model after {{failure.Item1.NumberOfTests}} sequences (shrunk {{failure.Item1.NumberOfShrinks}} times).
            {{await WhyAsync(log, steps, cancellationToken)}}
            The sequence: {{string.Join("; ", steps.Select(step => step.ToString()))}}
            To run it again: new ModelRunOptions { Seed = "{{seed}}" }
            """;
    }

    // The shrunk sequence is run once more, because FsCheck tells of the first failure only in its own words.
    private static async Task<string> WhyAsync(ICommitLog log, ModelStep[] steps, CancellationToken cancellationToken)
    {
        try
        {
            await ModelRun.RunAsync(log, steps, cancellationToken);
            return "The sequence below does not fail each time.";
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return e is ConformanceException ? e.Message : e.ToString();
        }
    }

    private static Replay ParseSeed(string seed)
    {
        if (seed.Split(',') is [var first, var gamma, var size])
        {
            return new(
                new Rnd(ulong.Parse(first, CultureInfo.InvariantCulture), ulong.Parse(gamma, CultureInfo.InvariantCulture)),
                Microsoft.FSharp.Core.FSharpOption<int>.Some(int.Parse(size, CultureInfo.InvariantCulture)));
        }

        throw new ArgumentException($"The seed '{seed}' is not one from the message of a failure, such as '1,3,60'.", nameof(seed));
    }
}
