namespace Holdfast.Worker;

/// <summary>Where a turn hangs until its process is killed, or is told to go on. A thread names its point: <c>once/before-effect</c> hangs there, the first time that it comes by.</summary>
/// <param name="isActive">Whether turns hang at all.</param>
public sealed class KillPoints(bool isActive)
{
    private readonly HashSet<string> _reached = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The points of a turn with one step that runs at most once, in their order.</summary>
    public static IReadOnlyList<string> AtMostOnce { get; } =
    [
        "before-turn-begun", "after-turn-begun", "before-step-begun", "after-step-begun", "before-effect", "after-effect", "before-step-done", "after-step-done", "between", "after-said",
        "before-turn-completed", "after-turn-completed",
    ];

    /// <summary>The points of a turn with one step that runs at least once: its begin is not stored.</summary>
    public static IReadOnlyList<string> AtLeastOnce { get; } = [.. AtMostOnce.Where(point => !point.EndsWith("step-begun", StringComparison.Ordinal))];

    internal CallGate Gate { get; } = new();

    /// <summary>Says that a thread has come to a point, and hangs if it is the thread's.</summary>
    public async Task ReachAsync(string thread, string point)
    {
        if (isActive && thread.EndsWith($"/{point}", StringComparison.Ordinal) && IsFirst(thread))
        {
            Console.WriteLine($"at {thread}");
            await _go.Task;
        }
    }

    /// <summary>Lets all turns go on, and all calls to the log.</summary>
    public void Go()
    {
        Gate.Open();
        _go.TrySetResult();
    }

    private bool IsFirst(string thread)
    {
        lock (_reached)
        {
            return _reached.Add(thread);
        }
    }
}
