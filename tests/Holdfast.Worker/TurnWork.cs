using Microsoft.Extensions.AI;

namespace Holdfast.Worker;

/// <summary>A turn with one step that has an effect: at most once in threads <c>once/…</c>, at least once in others.</summary>
public sealed class TurnWork(KillPoints points, SideEffects effects) : ITurnHandler
{
    public async Task RunAsync(Turn turn, CancellationToken cancellationToken)
    {
        var thread = turn.Session.Id.Value;
        var policy = thread.StartsWith("once/", StringComparison.Ordinal) ? StepPolicy.AtMostOnce : StepPolicy.AtLeastOnce;
        await turn.RunOnceAsync(
            "effect",
            async (step, _) =>
            {
                await points.ReachAsync(thread, "before-effect");
                effects.Do(step.IdempotencyKey, thread);
                await points.ReachAsync(thread, "after-effect");
            },
            new() { Policy = policy },
            cancellationToken);
        await points.ReachAsync(thread, "between");

        // With an id it is added once, however often the turn is resumed.
        await turn.AddAsync([new(ChatRole.Assistant, "done") { MessageId = $"{turn.Id}/done" }], cancellationToken: cancellationToken);
    }
}
