namespace Holdfast.Simulation.Tests.Agents;

/// <summary>What happens to threads besides their turns.</summary>
internal static class Others
{
    public static async Task CancelAsync(Fiber fiber)
    {
        var open = new List<TurnInfo>();
        var thread = SomeThread(fiber);
        await foreach (var turn in thread.TurnsAsync())
        {
            if (turn.EndedAt is null)
            {
                open.Add(turn);
            }
        }

        if (open.Count > 0)
        {
            await thread.CancelTurnAsync(fiber.Process.World.OneOf(open).Id, "somebody changed their mind");
        }
    }

    public static async Task WriteAsync(Fiber fiber)
    {
        var session = await fiber.Store.OpenAsync(SomeThread(fiber).Id);
        session.Variables.Set("by", fiber.Process.Number);
        await session.CommitAsync();
    }

    public static async Task LeaseAsync(Fiber fiber)
    {
        if (await SomeThread(fiber).TryAcquireAsync(new() { Time = TimeSpan.FromSeconds(10) }) is { } lease)
        {
            await using (lease)
            {
                var session = await lease.OpenAsync();
                session.Variables.Set("held", fiber.Process.Number);
                await session.CommitAsync();
            }
        }
    }

    public static async Task LookAsync(Fiber fiber)
    {
        await foreach (var turn in SomeThread(fiber).TurnsAsync())
        {
            fiber.Process.World.Count($"seen: {turn.State}");
        }
    }

    public static async Task EraseAsync(Fiber fiber) => await SomeThread(fiber).EraseAsync();

    public static async Task DeleteAsync(Fiber fiber)
    {
        var thread = SomeThread(fiber);
        await thread.DeleteAsync();
        await thread.RestoreDeletedAsync();
    }

    private static ThreadHandle SomeThread(Fiber fiber) => fiber.Store.Thread(fiber.Process.World.OneOf(["a", "a", "b"]));
}
