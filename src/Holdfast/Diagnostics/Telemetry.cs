using System.Diagnostics;
using System.Diagnostics.Metrics;

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

    public static Activity? StartCommit(ThreadKey key, long version) => Start("holdfast.commit", key)?.SetTag("holdfast.version", version);

    public static Activity? StartRead(ThreadKey key) => Start("holdfast.read", key);

    /// <summary>A commit was answered by the log.</summary>
    public static void Answered(Activity? activity, string outcome, TimeSpan duration)
    {
        activity?.SetTag("holdfast.outcome", outcome);
        CommitDuration.Record(duration.TotalSeconds, new KeyValuePair<string, object?>("holdfast.outcome", outcome));
    }

    public static void Conflicted() => Conflicts.Add(1);

    /// <summary>A commit is stored.</summary>
    public static void Stored(long bytes, bool isKeyframe)
    {
        CommitSize.Record(bytes);
        if (isKeyframe)
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
}
