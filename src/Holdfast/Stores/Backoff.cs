namespace Holdfast;

/// <summary>How long to wait before a commit is tried again: not at all the first times, then longer and by chance, so that the same ones do not meet again.</summary>
internal static class Backoff
{
    public const int ImmediateAttempts = 3;
    private const int LongestMilliseconds = 100;

    // These waits are about other processes, not about the time of the store, so they follow the real clock.
    public static Task WaitAsync(int attempt, CancellationToken cancellationToken)
    {
        if (attempt <= ImmediateAttempts)
        {
            return Task.CompletedTask;
        }

        var most = Math.Min(1 << Math.Min(attempt - ImmediateAttempts, 16), LongestMilliseconds);
        return Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(1, most + 1)), TimeProvider.System, cancellationToken);
    }
}
