using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast;

/// <summary>Runs turns with a handler, each in a scope of its own.</summary>
/// <param name="store">The store.</param>
/// <param name="scopes">Makes the scopes.</param>
/// <param name="getHandler">Gives the handler of a scope.</param>
internal sealed class TurnJob(StoreContext store, IServiceScopeFactory scopes, Func<IServiceProvider, ITurnHandler> getHandler)
{
    /// <summary>Runs a turn until it ends or waits, or is handed back because the worker stops.</summary>
    public async Task RunAsync(ThreadKey key, Turn turn, CancellationToken stopping)
    {
        using var activity = Telemetry.StartWorkerTurn(key, turn.Id, turn.Attempt);
        var started = Stopwatch.GetTimestamp();
        StoreLog.TurnTaken(store.Logger, key, turn.Id, turn.Attempt);
        string outcome;
        try
        {
            await using (turn.ConfigureAwait(false))
            {
                outcome = await RunToEndAsync(key, turn, stopping).ConfigureAwait(false);
            }
        }
        catch (LeaseLostException e)
        {
            StoreLog.TurnLost(store.Logger, key, turn.Id, e);
            outcome = "lost";
        }
        catch (AgentStateException e)
        {
            // Its end could not be stored. The lease lapses, and whoever takes the turn over finds what is stored.
            StoreLog.TurnFailed(store.Logger, key, turn.Id, e);
            outcome = "unknown";
        }

        Telemetry.WorkerTurnLeft(activity, outcome);
        StoreLog.TurnLeft(store.Logger, key, turn.Id, outcome, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
    }

    private async Task<string> RunToEndAsync(ThreadKey key, Turn turn, CancellationToken stopping)
    {
        try
        {
            stopping.ThrowIfCancellationRequested();
            turn.Stopping.ThrowIfCancellationRequested();
            await HandleAsync(turn, stopping).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            return turn.Loss is { } loss ? throw loss : await EndAsync(key, turn, e, stopping).ConfigureAwait(false);
        }

        return NameOf(await turn.CompleteAsync(cancellationToken: CancellationToken.None).ConfigureAwait(false));
    }

    private async Task HandleAsync(Turn turn, CancellationToken stopping)
    {
        var scope = scopes.CreateAsyncScope();
        await using (scope.ConfigureAwait(false))
        {
            using var stop = stopping.Register(turn.Stop);
            Turn.Current = turn;
            await getHandler(scope.ServiceProvider).RunAsync(turn, turn.Stopping).ConfigureAwait(false);
        }
    }

    private async Task<string> EndAsync(ThreadKey key, Turn turn, Exception error, CancellationToken stopping)
    {
        switch (error)
        {
            case TurnSuspendedException or TurnEndedException when turn.State != TurnState.Running:
                break;
            case OperationCanceledException when turn.CancelReason is { } reason:
                await turn.CancelAsync(reason, CancellationToken.None).ConfigureAwait(false);
                break;
            case OperationCanceledException when stopping.IsCancellationRequested:
                await turn.HandBackAsync().ConfigureAwait(false);
                StoreLog.TurnHandedBack(store.Logger, key, turn.Id);
                return "handed_back";
            case OperationCanceledException when turn.Stopping.IsCancellationRequested:
                throw new LeaseLostException(key, turn.Token, null);
            default:
                StoreLog.TurnFailed(store.Logger, key, turn.Id, error);
                await turn.FailAsync(error, CancellationToken.None).ConfigureAwait(false);
                break;
        }

        return NameOf(turn.State);
    }

    private static string NameOf(TurnState state) => state.ToString().ToLowerInvariant();
}
