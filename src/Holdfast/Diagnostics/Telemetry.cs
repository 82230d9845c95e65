using System.Diagnostics;
using System.Diagnostics.Metrics;
using static Holdfast.TelemetryNames;

namespace Holdfast;

/// <summary>The traces and metrics of Holdfast.</summary>
internal static class Telemetry
{
    // From 50 µs, a commit to memory, to 5 s, a backend in trouble.
    private static readonly InstrumentAdvice<double> Durations = new()
    {
        HistogramBucketBoundaries = [0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    };

    // From 10 ms to half an hour: models and tools take their time.
    private static readonly InstrumentAdvice<double> LongDurations = new()
    {
        HistogramBucketBoundaries = [0.01, 0.05, 0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800],
    };

    // From 64 bytes to the default limit of a commit, 16 MiB.
    private static readonly InstrumentAdvice<long> Sizes = new()
    {
        HistogramBucketBoundaries = [64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216],
    };

    private static readonly ActivitySource ActivitySource = new(Source);
    private static readonly Meter Meter = new(Source);
    private static readonly Histogram<double> CommitDuration = Duration(Metrics.CommitDuration, "How long sending commits took.");
    private static readonly Histogram<double> ReadDuration = Duration(Metrics.ReadDuration, "How long opening threads took to read.");
    private static readonly Histogram<double> LoadDuration = Duration(Metrics.LoadDuration, "How long loading threads took.");
    private static readonly Histogram<double> ListDuration = Duration(Metrics.ListDuration, "How long listing a page of threads took.");
    private static readonly Histogram<double> LogDuration = Duration(Metrics.LogDuration, "How long reading the log of commits of a thread took.");
    private static readonly Histogram<long> CommitSize = Meter.CreateHistogram(Metrics.CommitSize, "By", "How large the bodies of commits were.", advice: Sizes);
    private static readonly Counter<long> ConflictCount = Meter.CreateCounter<long>(Metrics.Conflicts, "{conflict}", "How many commits found the thread changed.");
    private static readonly Counter<long> RetryCount = Meter.CreateCounter<long>(Metrics.Retries, "{retry}", "How many calls to a log were repeated after a failure.");
    private static readonly Counter<long> KeyframeCount = Meter.CreateCounter<long>(Metrics.Keyframes, "{keyframe}", "How many commits carried the folded state.");
    private static readonly Counter<long> WorkerTurnCount = Meter.CreateCounter<long>(Metrics.WorkerTurns, "{turn}", "How many turns a worker ran until they ended or waited, or were handed back.");

    private static readonly Histogram<double> TurnDuration = Meter.CreateHistogram(Metrics.TurnDuration, "s", "How long turns ran here.", advice: LongDurations);
    private static readonly Histogram<double> StepDuration = Meter.CreateHistogram(Metrics.StepDuration, "s", "How long the work of steps took.", advice: LongDurations);
    private static readonly Counter<long> RaisedCount = Meter.CreateCounter<long>(Metrics.InterruptsRaised, "{interrupt}", "How many questions turns asked people.");
    private static readonly Counter<long> AnsweredCount = Meter.CreateCounter<long>(Metrics.InterruptsAnswered, "{interrupt}", "How many questions people answered.");
    private static readonly Counter<long> LostCount = Meter.CreateCounter<long>(Metrics.LeasesLost, "{lease}", "How many runners lost their thread to another one.");

    private static readonly UpDownCounter<int> WatchCount = Meter.CreateUpDownCounter<int>(Metrics.Watches, "{watch}", "How many watches of threads and of stores are open.");
    private static readonly Counter<long> WatchEventCount = Meter.CreateCounter<long>(Metrics.WatchEvents, "{event}", "How many events watches told.");

    private static readonly AsyncLocal<string?> CurrentConversation = new();

    /// <summary>Tags the activities of the calling async method, and of what it awaits, with the conversation that they serve.</summary>
    public static void InConversation(ThreadId thread) => CurrentConversation.Value = thread.Value;

    public static Activity? StartCommit(ThreadKey key, long version) => Start(Activities.Commit, key)?.SetTag(Tags.Version, version);

    public static Activity? StartRead(ThreadKey key) => Start(Activities.Read, key);

    public static Activity? StartLoad(ThreadKey key) => Start(Activities.Load, key);

    public static Activity? StartTurn(ThreadKey key, TurnId turn, int attempt) => Start(Activities.Turn, key)?.SetTag(Tags.Turn, turn.Value).SetTag(Tags.Attempt, attempt);

    public static Activity? StartStep(ThreadKey key, TurnId turn, string step, string kind)
        => Start(Activities.Step, key)?.SetTag(Tags.Turn, turn.Value).SetTag(Tags.Step, step).SetTag(Tags.Kind, kind);

    /// <summary>A turn is over here: it ended, or waits.</summary>
    public static void TurnOver(Activity? activity, string outcome, TimeSpan duration) => Over(activity, TurnDuration, outcome, duration);

    /// <summary>The work of a step is done, or failed.</summary>
    public static void StepOver(Activity? activity, string outcome, TimeSpan duration) => Over(activity, StepDuration, outcome, duration);

    public static void Asked(string kind) => RaisedCount.Add(1, new KeyValuePair<string, object?>(Tags.Kind, kind));

    public static void AnswerStored(string kind) => AnsweredCount.Add(1, new KeyValuePair<string, object?>(Tags.Kind, kind));

    public static void LeaseLost() => LostCount.Add(1);

    public static Activity? StartWorkerTurn(ThreadKey key, TurnId turn, int attempt)
        => ActivitySource.StartActivity(Activities.WorkerTurn, ActivityKind.Consumer)?.SetTag(Tags.Thread, key.ToString()).SetTag(Tags.Turn, turn.Value).SetTag(Tags.Attempt, attempt);

    /// <summary>A worker has run a turn.</summary>
    public static void WorkerTurnLeft(Activity? activity, string outcome)
    {
        activity?.SetTag(Tags.Outcome, outcome);
        if (outcome is "failed" or "lost")
        {
            activity?.SetStatus(ActivityStatusCode.Error);
        }

        WorkerTurnCount.Add(1, new KeyValuePair<string, object?>(Tags.Outcome, outcome));
    }

    /// <summary>A commit was answered by the log.</summary>
    public static void Answered(Activity? activity, string outcome, TimeSpan duration)
    {
        activity?.SetTag(Tags.Outcome, outcome);
        CommitDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>(Tags.Outcome, outcome));
    }

    public static void CommitFailed(Activity? activity, Exception exception) => activity?.SetStatus(ActivityStatusCode.Error, exception.GetType().Name);

    public static void Conflicted() => ConflictCount.Add(1);

    /// <summary>A commit is stored.</summary>
    public static void Stored(long bytes, bool isKeyframe)
    {
        CommitSize.Record(bytes);
        if (isKeyframe)
        {
            KeyframeCount.Add(1);
        }
    }

    public static void Read(TimeSpan duration) => ReadDuration.Record(duration.TotalSeconds);

    public static void Loaded(TimeSpan duration) => LoadDuration.Record(duration.TotalSeconds);

    public static void Listed(TimeSpan duration) => ListDuration.Record(duration.TotalSeconds);

    public static void LogRead(TimeSpan duration) => LogDuration.Record(duration.TotalSeconds);

    /// <summary>A watch is open until what is returned is disposed of.</summary>
    /// <param name="kind">What is watched: a thread, or a store.</param>
    public static IDisposable Watching(string kind)
    {
        WatchCount.Add(1, new KeyValuePair<string, object?>(Tags.Kind, kind));
        return new OpenWatch(kind);
    }

    /// <summary>Makes what an asynchronous method starts part of an activity, unless its caller is within it already. It is undone when the method returns.</summary>
    public static void Enter(Activity? activity)
    {
        if (activity is { IsStopped: false } && (Activity.Current is null || ReferenceEquals(Activity.Current, activity.Parent)))
        {
            Activity.Current = activity;
        }
    }

    /// <summary>A watch told an event.</summary>
    public static void Told(string kind) => WatchEventCount.Add(1, new KeyValuePair<string, object?>(Tags.Kind, kind));

    public static void Retried() => RetryCount.Add(1);

    private static void Over(Activity? activity, Histogram<double> durations, string outcome, TimeSpan duration)
    {
        activity?.SetTag(Tags.Outcome, outcome);
        activity?.Dispose();
        durations.Record(duration.TotalSeconds, new KeyValuePair<string, object?>(Tags.Outcome, outcome));
    }

    private static Activity? Start(string name, ThreadKey key)
    {
        var activity = ActivitySource.StartActivity(name, ActivityKind.Client)?.SetTag(Tags.Thread, key.ToString());
        return CurrentConversation.Value is { } conversation ? activity?.SetTag(Tags.Conversation, conversation) : activity;
    }

    private static Histogram<double> Duration(string name, string description) => Meter.CreateHistogram(name, "s", description, advice: Durations);

    private sealed class OpenWatch(string kind) : IDisposable
    {
        public void Dispose() => WatchCount.Add(-1, new KeyValuePair<string, object?>(Tags.Kind, kind));
    }
}
