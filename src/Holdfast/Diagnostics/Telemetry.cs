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

    private static readonly AsyncLocal<string?> CurrentConversation = new();

    /// <summary>Tags the activities of the calling async method, and of what it awaits, with the conversation that they serve.</summary>
    public static void InConversation(ThreadId thread) => CurrentConversation.Value = thread.Value;

    public static Activity? StartCommit(LogEntry entry) => Start("holdfast.commit", entry.Key)?.SetTag("holdfast.version", entry.Version);

    public static Activity? StartRead(ThreadKey key) => Start("holdfast.read", key);

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

    private static Activity? Start(string name, ThreadKey key)
    {
        var activity = Source.StartActivity(name, ActivityKind.Client)?.SetTag("holdfast.thread", key.ToString());
        return CurrentConversation.Value is { } conversation ? activity?.SetTag("gen_ai.conversation.id", conversation) : activity;
    }

    private static string NameOf(AppendOutcome outcome) => outcome switch
    {
        AppendOutcome.Appended => "appended",
        AppendOutcome.Duplicate => "duplicate",
        _ => "conflict",
    };
}
