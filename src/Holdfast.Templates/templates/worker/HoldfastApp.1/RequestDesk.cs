using Holdfast;
using Microsoft.Extensions.AI;

namespace HoldfastApp._1;

/// <summary>What people do with requests, from any process: submit them, decide about them, look at them.</summary>
public sealed class RequestDesk(AgentStateStore store)
{
    /// <summary>Stores a request for a worker, and returns its id. A request that is delivered twice under one id is carried out once.</summary>
    public async Task<string> SubmitAsync(string text, string? id = null, CancellationToken cancellationToken = default)
    {
        id ??= $"request-{Guid.NewGuid().ToString("N")[..8]}";
        await store.Thread(id).SubmitTurnAsync([new(ChatRole.User, text)], new() { Key = id }, cancellationToken);
        return id;
    }

    /// <summary>What waits for a decision.</summary>
    public async IAsyncEnumerable<Interrupt> WaitingAsync()
    {
        await foreach (var waiting in store.Interrupts.ListAsync())
        {
            if (await store.Interrupts.GetAsync(waiting.Id) is { } interrupt)
            {
                yield return interrupt;
            }
        }
    }

    /// <summary>Lets it go on. A decision holds: a second one is refused.</summary>
    public async Task ApproveAsync(string id, string by) => await store.Interrupts.AnswerAsync(InterruptId.Parse(id), InterruptAnswer.Accept(by));

    /// <summary>Does not let it go on; the agent is told the reason.</summary>
    public async Task RejectAsync(string id, string? reason, string by) => await store.Interrupts.AnswerAsync(InterruptId.Parse(id), InterruptAnswer.Reject(reason, by));

    /// <summary>What became of a request: its state, and what was said.</summary>
    public async Task<string> ShowAsync(string id)
    {
        var state = await store.LoadAsync(id);
        if (state is null)
        {
            return $"There is no request '{id}'.";
        }

        var turn = await store.Thread(id).TurnsAsync().FirstOrDefaultAsync();
        var lines = state.Messages.Where(message => message.Text.Length > 0).Select(message => $"{message.Role}: {message.Text}");
        return string.Join(Environment.NewLine, lines.Prepend($"{id}: {(turn?.State == TurnState.Interrupted ? "waits for a person" : turn?.State)}"));
    }
}
