using System.Runtime.CompilerServices;
using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>An agent whose runs are turns of threads.</summary>
/// <param name="inner">The agent.</param>
/// <param name="chat">Begins the turns, and stores what is said in them.</param>
/// <param name="services">What functions may ask for.</param>
internal sealed class HoldfastAgent(AIAgent inner, PersistentChatClient chat, IServiceProvider? services) : DelegatingAIAgent(inner)
{
    protected override async Task<AgentResponse> RunCoreAsync(
        IEnumerable<ChatMessage> messages, AgentSession? session = null, AgentRunOptions? options = null, CancellationToken cancellationToken = default)
    {
        var run = await AgentRun.BeginAsync(InnerAgent, chat, services, [.. messages], session, options, cancellationToken).ConfigureAwait(false);
        await using var lifetime = run.ConfigureAwait(false);
        if (run.Recorded is { } recorded)
        {
            return run.Shown(new AgentResponse(recorded) { AgentId = Id });
        }

        Turn.Current = run.Turn;
        var response = new AgentResponse([]) { AgentId = Id };
        try
        {
            response = await InnerAgent.RunAsync(run.Messages, run.Session, run.Options, run.Token).ConfigureAwait(false);
            await run.EndAsync(response).ConfigureAwait(false);
        }
        catch (TurnSuspendedException) when (run.Waits)
        {
            // What it waits for is shown.
        }
        catch (Exception e)
        {
            await run.FailAsync(e, cancellationToken).ConfigureAwait(false);
            throw;
        }

        return run.Shown(response, await run.WaitingAsync().ConfigureAwait(false));
    }

    protected override async IAsyncEnumerable<AgentResponseUpdate> RunCoreStreamingAsync(
        IEnumerable<ChatMessage> messages, AgentSession? session = null, AgentRunOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var run = await AgentRun.BeginAsync(InnerAgent, chat, services, [.. messages], session, options, cancellationToken).ConfigureAwait(false);
        await using var lifetime = run.ConfigureAwait(false);
        if (run.Recorded is { } recorded)
        {
            foreach (var update in run.Shown(new AgentResponse(recorded) { AgentId = Id }).ToAgentResponseUpdates())
            {
                yield return update;
            }

            yield break;
        }

        var arrived = new List<AgentResponseUpdate>();
        var stream = InnerAgent.RunStreamingAsync(run.Messages, run.Session, run.Options, run.Token).GetAsyncEnumerator(run.Token);
        try
        {
            while (await run.MoveNextAsync(stream, arrived, cancellationToken).ConfigureAwait(false))
            {
                arrived.Add(stream.Current);
                if (run.Shown(stream.Current) is { } update)
                {
                    yield return update;
                }
            }
        }
        finally
        {
            // What arrived of a reply is kept as part of the turn, so before the turn ends.
            Turn.Current = run.Turn;
            await stream.DisposeAsync().ConfigureAwait(false);
        }

        if (await run.WaitingAsync().ConfigureAwait(false) is { } waiting)
        {
            foreach (var update in run.Shown(new AgentResponse(waiting) { AgentId = Id }).ToAgentResponseUpdates())
            {
                yield return update;
            }
        }
    }
}
