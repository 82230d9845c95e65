using Holdfast.Logs;

namespace Holdfast;

/// <summary>How long to wait before something is tried again: by chance, so that those who met once do not meet again.</summary>
/// <remarks>These waits are about other processes, not about the time of the store, so they follow the real clock.</remarks>
internal class Backoff
{
    /// <summary>How many commits fit into the time over which two writers spread after their first conflict.</summary>
    private const int Spread = 16;

    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    /// <summary>Waits for others, so it follows the real clock, whatever clock the store has.</summary>
    public static Backoff Real { get; } = new();

    /// <summary>Waits before a commit that found the thread changed is made again.</summary>
    /// <remarks>
    /// The time is chosen from a window that doubles with each conflict in a row. It begins with several times what the commit took, so that writers
    /// spread out on a slow backend and lose next to nothing on a quick one.
    /// </remarks>
    /// <param name="conflicts">How many conflicts there were in a row: at least 1.</param>
    /// <param name="took">How long the last attempt took.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task AfterConflictAsync(int conflicts, TimeSpan took, CancellationToken cancellationToken)
    {
        var first = TimeSpan.FromTicks(Math.Clamp(took.Ticks * Spread, Shortest.Ticks, Longest.Ticks));
        return WaitUpToAsync(first * Math.Pow(2, Math.Min(conflicts - 1, 10)), cancellationToken);
    }

    /// <summary>Waits before a call that failed is made again.</summary>
    /// <param name="attempt">How many failed in a row: at least 1.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task AfterFailureAsync(int attempt, CancellationToken cancellationToken)
        => WaitUpToAsync(Shortest * Math.Pow(2, Math.Min(attempt - 1, 6)), cancellationToken);

    /// <summary>Waits before something is looked at again that others change.</summary>
    /// <param name="time">How long.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public virtual Task WaitAsync(TimeSpan time, CancellationToken cancellationToken) => Task.Delay(time, TimeProvider.System, cancellationToken);

    /// <summary>Waits before something is looked at again, or until a change of it is told.</summary>
    /// <param name="signal">What is told.</param>
    /// <param name="time">How long at most.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task WaitAsync(CommitSignal signal, TimeSpan time, CancellationToken cancellationToken)
        => ReferenceEquals(this, Real) ? signal.WaitAsync(time, cancellationToken).AsTask() : WaitAsync(time, cancellationToken);

    private Task WaitUpToAsync(TimeSpan window, CancellationToken cancellationToken)
    {
        var most = window < Longest ? window : Longest;
        return WaitAsync(most * Random.Shared.NextDouble(), cancellationToken);
    }
}
