using System.ComponentModel;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>An agent that another one calls as a tool. Each call is a turn of a child thread of its own, found again by the turn and the call: what the agent did is not done again, and when it waits, the turn that called it waits too.</summary>
/// <param name="client">The model of the agent.</param>
/// <param name="name">The name of the agent, which the commits of its thread name.</param>
/// <param name="options">Its instructions and tools; null for none.</param>
internal sealed class AgentCall(IChatClient client, string name, ChatOptions? options)
{
    public async Task<string> RunAsync([Description("What the agent is to do, with all that it has to know for it.")] string request, ToolContext tool, CancellationToken cancellationToken)
    {
        var run = tool.Turn.Running;
        var child = await BeginAsync(run, request, tool, cancellationToken).ConfigureAwait(false);
        await using var lifetime = child.ConfigureAwait(false);
        if (child.State == TurnState.Running)
        {
            await ReplyAsync(run, child, cancellationToken).ConfigureAwait(false);
        }

        var state = await child.CompleteAsync(cancellationToken: CancellationToken.None).ConfigureAwait(false);
        if (state is TurnState.Interrupted or TurnState.Sleeping)
        {
            run.Children.Wait(tool.CallId, child);
            var suspension = await run.SuspendAsync("waits for an agent", _ => { }, child.WakesAt).ConfigureAwait(false);
            await tool.Turn.NoteInterruptsAsync(CancellationToken.None).ConfigureAwait(false);
            throw suspension;
        }

        run.Children.End(tool.CallId);
        return state == TurnState.Completed ? child.Reply.LastOrDefault(message => message.Role == ChatRole.Assistant)?.Text ?? "" : throw new TurnEndedException(child.Id, state);
    }

    private async ValueTask<Turn> BeginAsync(TurnRun run, string request, ToolContext tool, CancellationToken cancellationToken)
    {
        var parent = run.Session.Key;
        var turn = run.Options with
        {
            Key = run.Id.Value,
            WhenBusy = WhenBusy.Queue,
            By = name,

            // Workers and inboxes of the agent in charge see what its helpers wait for.
            Agent = run.Session.State.Agent,
            UserId = run.Session.State.UserId,
            Selects = null,
            Resumes = null,
            ReturnsWhenAsked = false,
            Up = run.Id,
        };
        run.Children.Begin(tool.CallId);
        var (store, key, began) = (run.Store with { Parent = parent.Id }, ChildTurns.KeyOf(parent, run.Id, tool.CallId), run.Store.Time.GetTimestamp());
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await TurnStart.BeginAsync(store, key, [new ChatMessage(ChatRole.User, request)], turn, cancellationToken).ConfigureAwait(false);
            }
            catch (StoreUnavailableException) when (run.Store.Time.GetElapsedTime(began) < run.Options.Lease)
            {
                // It would be taken for a failure of the agent, and told to the model. The key makes it safe to try again.
                await run.Store.Backoff.AfterFailureAsync(attempt, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    // Whatever ends it, its turn is left so that the next one who makes the call goes on with it.
    private async Task ReplyAsync(TurnRun run, Turn child, CancellationToken cancellationToken)
    {
        try
        {
            await child.ReplyAsync(client, options, cancellationToken).ConfigureAwait(false);
        }
        catch (TurnSuspendedException e) when (e.Turn == child.Id)
        {
            // The turn that called it waits with it.
        }
        catch (OperationCanceledException) when ((child.CancelReason ?? run.CancelReason) is { } reason)
        {
            await child.CancelAsync(reason, CancellationToken.None).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested && child.Loss is null)
        {
            await child.HandBackAsync().ConfigureAwait(false);
            throw;
        }
        catch (Exception e) when (child.Loss is null && child.State == TurnState.Running)
        {
            await child.FailAsync(e, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }
}
