namespace Holdfast;

/// <summary>What the turns of a thread say of a tool call that has no result yet. A function of the folded state alone.</summary>
/// <param name="State">What is known of the call.</param>
/// <param name="Asked">What became of the question whether it may be made; null if nobody was asked.</param>
/// <param name="Step">The step that carries it out; null if none was begun, or is known.</param>
/// <param name="StepKey">The key of the step, with that of its turn.</param>
internal readonly record struct OpenCallFacts(OpenCallState State, InterruptState? Asked, StepDocument? Step, string? StepKey)
{
    /// <summary>The facts of a call.</summary>
    public static OpenCallFacts Of(ThreadState state, string callId)
    {
        foreach (var (turnId, turn) in TurnFacts.All(state, TurnSections.Turns, TurnJson.Compact.TurnDocument))
        {
            var (key, step) = TurnFacts.All(state, TurnSections.Steps, TurnJson.Compact.StepDocument)
                .FirstOrDefault(step => step.Value.Call == callId && step.Key.StartsWith(turnId + "/", StringComparison.Ordinal));
            var asked = Asking(state, turnId, callId);
            if (step is null && asked is null && !Waits(turn))
            {
                continue;
            }

            return new(StateOf(turn, step, asked), asked?.State, step, key);
        }

        return default;
    }

    private static OpenCallState StateOf(TurnDocument turn, StepDocument? step, InterruptDocument? asked) => (step?.State, asked) switch
    {
        (StepState.Completed or StepState.Failed, _) => OpenCallState.Done,
        (StepState.Waiting, _) or (_, { State: InterruptState.Pending }) => OpenCallState.Waiting,
        (StepState.Started, _) => OpenCallState.MayHaveRun,
        (_, { State: InterruptState.Withdrawn or InterruptState.Expired } or { Answer.Kind: AnswerKinds.Reject }) => OpenCallState.NotStarted,

        // A turn waits only when nothing of it runs; what an earlier attempt had begun before it died is not known.
        _ => Waits(turn) && turn.Attempt == 1 ? OpenCallState.NotStarted : OpenCallState.MayHaveRun,
    };

    // The question whether the call may be made, or else one that its tool asks.
    private static InterruptDocument? Asking(ThreadState state, string turn, string callId)
    {
        var asked = TurnFacts.All(state, TurnSections.Interrupts, TurnJson.Compact.InterruptDocument).Select(pair => pair.Value).Where(interrupt => interrupt.Turn == turn).ToList();
        return asked.Find(interrupt => interrupt.State == InterruptState.Pending && interrupt.Name.StartsWith(callId + "/", StringComparison.Ordinal))
            ?? asked.Find(interrupt => interrupt.Call == callId);
    }

    private static bool Waits(TurnDocument turn) => turn.State is TurnState.Interrupted or TurnState.Sleeping;
}
