using System.Diagnostics;
using System.Diagnostics.Metrics;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>The traces and metrics of Holdfast; all their names are here and in <c>docs/observability.md</c>.</summary>
internal static class Telemetry
{
    public const string Name = "Holdfast";

    private static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);
    private static readonly Histogram<double> CommitDuration = Meter.CreateHistogram<double>("holdfast.commit.duration", "s", "How long commits took.");
    private static readonly Histogram<long> CommitSize = Meter.CreateHistogram<long>("holdfast.commit.size", "By", "How large the bodies of commits were.");
    private static readonly Counter<long> Conflicts = Meter.CreateCounter<long>("holdfast.commit.conflicts", "{conflict}", "How many commits found the thread changed.");
    private static readonly Counter<long> Retries = Meter.CreateCounter<long>("holdfast.retries", "{retry}", "How many calls to a log were repeated after a failure.");
    private static readonly Counter<long> Keyframes = Meter.CreateCounter<long>("holdfast.keyframes", "{keyframe}", "How many commits carried the folded state.");
    private static readonly Histogram<double> ReadDuration = Meter.CreateHistogram<double>("holdfast.read.duration", "s", "How long reading the tails of threads took.");

    public static Activity? StartCommit(LogEntry entry) => Source.StartActivity("holdfast.commit", ActivityKind.Client) is { } activity
        ? activity.SetTag("holdfast.thread", entry.Key.ToString()).SetTag("holdfast.version", entry.Version)
        : null;

    public static Activity? StartRead(ThreadKey key)
        => Source.StartActivity("holdfast.read", ActivityKind.Client)?.SetTag("holdfast.thread", key.ToString());

    public static void Committed(Activity? activity, LogEntry entry, AppendOutcome outcome, TimeSpan duration)
    {
        var name = NameOf(outcome);
        activity?.SetTag("holdfast.outcome", name);
        CommitDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("holdfast.outcome", name));
        if (outcome == AppendOutcome.Conflict)
        {
            Conflicts.Add(1);
            return;
        }

        CommitSize.Record(entry.Body.Length);
        if (entry.IsKeyframe)
        {
            Keyframes.Add(1);
        }
    }

    public static void CommitFailed(Activity? activity, Exception exception) => activity?.SetStatus(ActivityStatusCode.Error, exception.GetType().Name);

    public static void Read(TimeSpan duration) => ReadDuration.Record(duration.TotalSeconds);

    public static void Retried() => Retries.Add(1);

    private static string NameOf(AppendOutcome outcome) => outcome switch
    {
        AppendOutcome.Appended => "appended",
        AppendOutcome.Duplicate => "duplicate",
        _ => "conflict",
    };
}
