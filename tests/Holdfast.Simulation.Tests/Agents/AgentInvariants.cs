using Holdfast.Logs;

namespace Holdfast.Simulation.Tests.Agents;

/// <summary>What must hold once all has come to its end.</summary>
internal static class AgentInvariants
{
    public static async Task CheckAsync(AgentWorld world)
    {
        foreach (var said in world.Messages.Where(said => said is { IsAcknowledged: true, MayBeGone: false }))
        {
            var times = world.Facts.Find(ThreadKey.Of(said.Thread))?.CountOf(said.Text) ?? 0;
            world.Require(Rules.Said, times == 1, $"{said} was acknowledged, and is in the history {times} times");
        }

        var store = new AgentStateStore(world.Facts);
        foreach (var life in world.Facts.Standing.Where(life => life.Key.Space == ThreadSpace.Threads))
        {
            var report = await store.Thread(life.Key.Id).VerifyAsync();
            world.Require(Rules.Chain, report is { IsIntact: true }, $"{life.Key}: {string.Join("; ", report?.Problems ?? [])}");
        }

        var due = await world.Facts.ListAsync(new HeadQuery { Space = ThreadSpace.Threads, Tenant = null, DueBefore = DateTimeOffset.MaxValue, AsOf = default });
        world.Require(Rules.Indexes, due.Heads.Count == 0, $"{string.Join(", ", due.Heads.Select(head => head.Key))} are due, and there is nothing to do");
        var pending = await world.Facts.ListAsync(new HeadQuery { Space = ThreadSpace.Threads, Tenant = null, Terms = [TurnFacts.PendingTerm], AsOf = default });
        var unasked = pending.Heads.Select(head => head.Key).Where(key => !HasQuestion(world.Facts.Find(key)!.Facts)).ToList();
        world.Require(Rules.Indexes, unasked.Count == 0, $"{string.Join(", ", unasked)} have questions, and there are none");
    }

    // Only what goes on when it is begun once more can have one still.
    private static bool HasQuestion(ThreadFacts facts) => facts.Interrupts.Values.Any(asked => asked.State == InterruptState.Pending
        && facts.Turns.GetValueOrDefault(asked.Turn) is { State: TurnState.Failed } or { State: TurnState.Running, IsParallel: true });
}
