using Holdfast.Servers;
using Holdfast.Worker;
using Microsoft.Extensions.Hosting;

namespace Holdfast.Backends.Tests;

/// <summary>Turns whose runner is killed, or frozen for longer than its lease, wherever it is.</summary>
public sealed class WorkerTests
{
    // Where the begin of a step is durable and its end is not, only a person can tell whether it took effect.
    private static readonly string[] Unknown = ["once/after-step-begun", "once/before-effect", "once/after-effect", "once/before-step-done"];

    private static readonly string[] Ended = ["once/after-turn-completed", "least/after-turn-completed"];

    [Theory]
    [InlineData(Backend.Files)]
    [InlineData(Backend.Sqlite)]
    [InlineData(Backend.Postgres)]
    [InlineData(Backend.Redis)]
    public async Task AKilledProcessOnThisMachine_IsTakenOverAtOnce_AndAtMostOnceIsAtMostOnce(Backend backend)
    {
        // An hour is far longer than the test may take, so nobody waits for a lease to lapse.
        var lease = TimeSpan.FromHours(1);
        await using var turns = await SubmitAsync(backend);
        var killed = await turns.StartAsync(lease);
        await killed.UntilHangingAsync(turns.Threads.Count);
        await killed.KillAsync();

        using var survivor = await turns.StartHereAsync(lease);
        await CheckFirstAsync(turns);
        turns.Effects["once/before-effect"].ShouldBeEmpty();
        await CheckLastAsync(turns);

        turns.Effects["least/after-effect"].Count().ShouldBe(2);
        turns.Effects["least/after-step-done"].Count().ShouldBe(1);
        await survivor.StopAsync();
    }

    [Theory]
    [InlineData(Backend.Files)]
    [InlineData(Backend.Sqlite)]
    [InlineData(Backend.Postgres)]
    [InlineData(Backend.Redis)]
    public async Task APausedHolder_NeverWritesAfterATakeover(Backend backend)
    {
        var lease = TimeSpan.FromSeconds(1);
        await using var turns = await SubmitAsync(backend);
        var paused = await turns.StartAsync(lease);
        await paused.UntilHangingAsync(turns.Threads.Count);
        await paused.FreezeAsync();

        using var survivor = await turns.StartHereAsync(lease);
        await CheckFirstAsync(turns);
        var versions = await turns.VersionsAsync();
        await paused.ThawAsync();
        await paused.GoAsync();
        await paused.UntilDoneAsync();

        // It writes for no turn any more. What it knows of a step that others ask about it says as a person would: as an answer, with which they go on.
        var after = await turns.VersionsAsync();
        after.Where(thread => !Unknown.Contains(thread.Key)).ShouldBe(versions.Where(thread => !Unknown.Contains(thread.Key)), ignoreOrder: true);
        await CheckLastAsync(turns);
        await survivor.StopAsync();
    }

    [Theory]
    [InlineData(Backend.Sqlite)]
    [InlineData(Backend.Postgres)]
    public async Task ThreeWorkers_OfWhichOneIsKilled_RunEachTurnOnce(Backend backend)
    {
        const int Turns = 60;
        var lease = TimeSpan.FromSeconds(2);
        await using var turns = new TurnProcesses(await Servers.NewUrlAsync(backend));
        var processes = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => turns.StartAsync(lease)));
        for (var i = 0; i < Turns; i++)
        {
            await turns.SubmitAsync($"least/{i}");
        }

        await Patience.UntilAsync("some turns have run", async () =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
            return turns.Effects.Count >= Turns / 4;
        });
        await processes[0].KillAsync();
        var ended = await turns.UntilOverAsync();

        var effects = turns.Effects;
        foreach (var (thread, turn) in ended)
        {
            turn.State.ShouldBe(TurnState.Completed, thread);
            effects[thread].Distinct().Count().ShouldBe(1, thread);
            effects[thread].Count().ShouldBeInRange(1, turn.Attempt, thread);
            (await turns.Store.LoadAsync(thread))!.Messages.Select(message => message.Text).ShouldBe(["go", "done"], thread);
            (await turns.Store.Thread(thread).TurnsAsync().ToListAsync()).Count.ShouldBe(1, thread);
        }

        foreach (var process in processes[1..])
        {
            await process.GoAsync();
            await process.UntilDoneAsync();
        }
    }

    private static async Task<TurnProcesses> SubmitAsync(Backend backend)
    {
        var turns = new TurnProcesses(await Servers.NewUrlAsync(backend));
        foreach (var thread in KillPoints.AtMostOnce.Select(point => $"once/{point}").Concat(KillPoints.AtLeastOnce.Select(point => $"least/{point}")))
        {
            await turns.SubmitAsync(thread);
        }

        return turns;
    }

    // Another worker has gone on with every turn.
    private static async Task CheckFirstAsync(TurnProcesses turns)
    {
        foreach (var (thread, turn) in await turns.UntilOverAsync())
        {
            turn.State.ShouldBe(Unknown.Contains(thread) ? TurnState.Interrupted : TurnState.Completed, thread);
            turn.Attempt.ShouldBe(Ended.Contains(thread) || thread.EndsWith("/before-turn-begun", StringComparison.Ordinal) ? 1 : 2, thread);
        }
    }

    // And when the questions are answered, all of them are over.
    private static async Task CheckLastAsync(TurnProcesses turns)
    {
        foreach (var (thread, turn) in await turns.UntilAnsweredAsync())
        {
            turn.State.ShouldBe(TurnState.Completed, thread);
            (await turns.Store.LoadAsync(thread))!.Messages.Select(message => message.Text).ShouldBe(["go", "done"], thread);
            (await turns.Store.Thread(thread).VerifyAsync())!.Problems.ShouldBeEmpty(thread);
        }

        var effects = turns.Effects;
        foreach (var thread in turns.Threads)
        {
            var keys = effects[thread].ToList();
            keys.Distinct().Count().ShouldBeLessThanOrEqualTo(1, thread);
            keys.Count.ShouldBeInRange(Unknown.Contains(thread) ? 0 : 1, thread.StartsWith("once/", StringComparison.Ordinal) ? 1 : 2, thread);
        }
    }
}
