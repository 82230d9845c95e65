using System.Diagnostics;

namespace Holdfast.Servers;

/// <summary>How patient the tests are. A deadline says that evidence is missing, and measures nothing: it must hold on a machine that is very slow, or very busy.</summary>
public static class Patience
{
    /// <summary>How long to wait for what must come to be.</summary>
    public static TimeSpan Limit { get; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a call that is to succeed may wait for its server.</summary>
    public static TimeSpan Call { get; } = TimeSpan.FromMinutes(5);

    /// <summary>What one waits between two looks at something: short, but not nothing, so that what is waited for has the processor.</summary>
    public static Task PauseAsync() => Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);

    /// <summary>Waits for what must come to be.</summary>
    /// <exception cref="TimeoutException">It has not within <see cref="Limit"/>.</exception>
    public static async Task UntilAsync(string what, Func<Task<bool>> condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        for (var start = Stopwatch.GetTimestamp(); !await condition();)
        {
            if (Stopwatch.GetElapsedTime(start) > Limit)
            {
                throw new TimeoutException($"Waited for {Limit}, and it has not come to be: {what}.");
            }

            await PauseAsync();
        }
    }
}
