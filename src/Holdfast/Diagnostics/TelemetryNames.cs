namespace Holdfast;

/// <summary>The names of metrics, activities and tags; <c>docs/observability.md</c> has them too.</summary>
internal static class TelemetryNames
{
    /// <summary>The <c>ActivitySource</c> and the <c>Meter</c>.</summary>
    public const string Source = "Holdfast";

    internal static class Metrics
    {
        public const string CommitDuration = "holdfast.commit.duration";
        public const string CommitSize = "holdfast.commit.size";
        public const string Conflicts = "holdfast.commit.conflicts";
        public const string Keyframes = "holdfast.keyframes";
        public const string ReadDuration = "holdfast.read.duration";
        public const string LoadDuration = "holdfast.load.duration";
        public const string ListDuration = "holdfast.list.duration";
        public const string LogDuration = "holdfast.log.duration";
        public const string Retries = "holdfast.retries";
        public const string TurnDuration = "holdfast.turn.duration";
        public const string StepDuration = "holdfast.step.duration";
        public const string InterruptsRaised = "holdfast.interrupts.raised";
        public const string InterruptsAnswered = "holdfast.interrupts.answered";
        public const string LeasesLost = "holdfast.leases.lost";
        public const string WorkerTurns = "holdfast.worker.turns";
        public const string Watches = "holdfast.watches";
        public const string WatchEvents = "holdfast.watch.events";
    }

    internal static class Activities
    {
        public const string Commit = "holdfast.commit";
        public const string Read = "holdfast.read";
        public const string Load = "holdfast.load";
        public const string Turn = "holdfast.turn";
        public const string Step = "holdfast.step";
        public const string WorkerTurn = "holdfast.worker.turn";
    }

    internal static class Tags
    {
        public const string Thread = "holdfast.thread";
        public const string Version = "holdfast.version";
        public const string Outcome = "holdfast.outcome";
        public const string Turn = "holdfast.turn.id";
        public const string Attempt = "holdfast.attempt";
        public const string Step = "holdfast.step.name";
        public const string Kind = "holdfast.kind";
        public const string Conversation = "gen_ai.conversation.id";
    }
}
