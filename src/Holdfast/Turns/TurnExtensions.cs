namespace Holdfast;

/// <summary>What those who run turns need beside <see cref="Turn"/> itself.</summary>
public static class TurnExtensions
{
    /// <summary>Ends a turn that runs by the error that its runner met: as cancelled if the caller wanted it to stop, else as failed, so that it can be resumed. One that others stopped ends when it is let go.</summary>
    /// <remarks>It throws nothing of its own: if the end cannot be stored, the lease lapses, and whoever comes next finds what is stored. Throw the error on.</remarks>
    /// <param name="turn">The turn.</param>
    /// <param name="error">What the runner met.</param>
    /// <param name="callers">The token of the caller.</param>
    public static async ValueTask FailOrCancelAsync(this Turn turn, Exception error, CancellationToken callers)
    {
        ArgumentNullException.ThrowIfNull(turn);
        ArgumentNullException.ThrowIfNull(error);
        if (turn.State != TurnState.Running)
        {
            return;
        }

        try
        {
            if (error is OperationCanceledException && callers.IsCancellationRequested)
            {
                await turn.CancelAsync("the caller cancelled", CancellationToken.None).ConfigureAwait(false);
            }
            else if (!turn.Stopping.IsCancellationRequested)
            {
                await turn.FailAsync(error, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (AgentStateException)
        {
            // The error that the caller gets says more.
        }
    }
}
