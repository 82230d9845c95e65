using Microsoft.Extensions.AI;

namespace Holdfast.Simulation.Tests.Agents;

/// <summary>Requests that begin turns, as a chat or a webhook makes them.</summary>
internal static class Caller
{
    public static async Task SendAsync(Fiber fiber, Said said)
    {
        var world = fiber.Process.World;
        try
        {
            await using var turn = await fiber.Store.Thread(said.Thread).BeginTurnAsync([new(ChatRole.User, said.Text)], Options(world, said));
            said.IsAcknowledged = true;
            if (turn.IsReplay || turn.State is TurnState.Interrupted or TurnState.Sleeping)
            {
                world.Count($"begun: {(turn.IsReplay ? "replay" : turn.State.ToString())}");
                said.IsSettled = true;
                return;
            }

            world.Count(turn.IsResumed ? "begun: resumed" : "begun: new");
            await RunAsync(fiber, turn);
            said.IsSettled |= turn.State != TurnState.Failed || !world.Chance(0.8);
        }
        catch (AgentStateException e) when (e is not CorruptStateException)
        {
            world.Count($"caller: {e.GetType().Name}");
            said.IsSettled |= e is TurnBusyException or TurnEndedException;
        }
    }

    /// <summary>The same with a pipeline of chat clients, which keeps the turn by itself.</summary>
    public static async Task ChatAsync(Fiber fiber, Said said)
    {
        var world = fiber.Process.World;
        using var chat = new ScriptedModel(fiber).AsBuilder()
            .UseDurableFunctionInvocation()
            .UseHoldfast(fiber.Store, options => options.Turns = Options(world, said) with { Key = null })
            .Build();
        var options = new ChatOptions { ConversationId = said.Thread.Value, Tools = new Tools(fiber).All };
        if (said.Key is { } key)
        {
            options.AdditionalProperties = new() { [PersistentChatClient.KeyProperty] = key };
        }

        try
        {
            var response = await chat.GetResponseAsync(new ChatMessage(ChatRole.User, said.Text), options);
            (said.IsAcknowledged, said.IsSettled) = (true, true);
            world.Count(response.AdditionalProperties?.ContainsKey(DurableFunctionInvokingChatClient.InterruptsProperty) is true ? "chat: asks" : "chat: replies");
        }
        catch (AgentStateException e) when (e is not CorruptStateException)
        {
            world.Count($"chat: {e.GetType().Name}");
            said.IsSettled |= e is TurnBusyException or TurnEndedException;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            world.Count($"chat: {e.GetType().Name}");
        }
    }

    public static async Task SubmitAsync(Fiber fiber, Said said)
    {
        var world = fiber.Process.World;
        var later = world.Chance(0.3) ? fiber.Process.Clock.GetUtcNow() + TimeSpan.FromSeconds(world.Random.Next(120)) : (DateTimeOffset?)null;
        await fiber.Store.Thread(said.Thread).SubmitTurnAsync([new(ChatRole.User, said.Text)], Options(world, said) with { NotBefore = later });
        said.IsAcknowledged = true;
    }

    private static TurnOptions Options(AgentWorld world, Said said) => new()
    {
        Key = said.Key,
        By = said.Script,
        WhenBusy = world.OneOf([WhenBusy.Queue, WhenBusy.Queue, WhenBusy.Queue, WhenBusy.Reject, WhenBusy.Interrupt, WhenBusy.Parallel]),
        ConcurrentTools = world.Chance(0.3) && world.Options.RunsToolsSideBySide,
        Lease = TimeSpan.FromSeconds(20),
        MaxAttempts = world.OneOf([3, 100]),
        HistoryWindow = world.Random.Next(1, 12),
    };

    private static async Task RunAsync(Fiber fiber, Turn turn)
    {
        try
        {
            await new TurnScript(fiber).RunAsync(turn, turn.Stopping);
            await turn.CompleteAsync();
        }
        catch (OperationCanceledException) when (turn.Stopping.IsCancellationRequested)
        {
            fiber.Process.World.Count("turn stopped");
        }
        catch (Exception e) when (e is not AgentStateException and not SimulationException)
        {
            await turn.FailAsync(e);
        }
    }
}
