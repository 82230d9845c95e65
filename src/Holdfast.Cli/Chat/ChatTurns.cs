using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.AI;

namespace Holdfast.Cli.Chat;

/// <summary>The turns of a chat: each line is one, and a turn that was left without an end is brought to it before the next line is said.</summary>
/// <remarks>
/// <para>Chats on one thread take turns, so that each answer stands on the thread as it is when it is made.</para>
/// <para>
/// What is committed is never lost and never done twice: a chat that was killed, whose store failed or whose agent waits for a person is taken up where it stood, by this
/// process or another one. A line that is said again because it was not answered is not stored again.
/// </para>
/// </remarks>
internal sealed class ChatTurns(AgentStateStore store, ThreadId thread, ChatAgent agent, OpenOptions open, TimeProvider time, CancellationToken interruption)
{
    // Enough to see what was said last.
    private const int Recent = 20;

    // A person may try again as often as they like.
    private const int MaxAttempts = 100;

    private readonly string _keys = $"holdfast-chat/{agent.Name}/";

    /// <summary>How long the thread stays held when this process dies where nobody can see that it did, and how long a store that does not answer is tried.</summary>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(15);

    private ThreadHandle Thread => store.Thread(thread);

    /// <summary>Brings what was left without an end to its end; null if there is nothing.</summary>
    public async Task<ChatReply?> GoOnAsync()
        => await FindAsync() is { State: not TurnState.Failed } left ? await ResumeAsync(left) : null;

    /// <summary>Keeps what was said, and answers; before that it brings to its end what was left without one.</summary>
    /// <returns>The answers, each once it is durable.</returns>
    public async IAsyncEnumerable<ChatReply> SayAsync(string said)
    {
        if (await FindAsync() is { } left && await IsUnansweredAsync(said) is var isRepeat && (isRepeat || left.State != TurnState.Failed) && await ResumeAsync(left) is { } reply)
        {
            yield return reply.IsReply || isRepeat ? reply : reply.NotSaid();
            if (!reply.IsReply || isRepeat)
            {
                yield break;
            }
        }

        await using var turn = await BeginAsync(said);
        if (await RunAsync(turn) is { } answer)
        {
            yield return answer;
        }
    }

    // A turn of this agent that has no end, or one of another program that waits.
    private async Task<TurnInfo?> FindAsync()
    {
        await foreach (var turn in Thread.TurnsAsync(interruption))
        {
            if (turn.EndedAt is not null)
            {
                // Those that have ended follow.
                break;
            }

            if (turn.State is TurnState.Interrupted or TurnState.Sleeping || (IsOurs(turn) && turn.State is TurnState.Running or TurnState.Failed))
            {
                return turn;
            }
        }

        return null;
    }

    private bool IsOurs(TurnInfo turn) => turn.Key?.StartsWith(_keys, StringComparison.Ordinal) is true;

    // Said before, and nothing that was said came after it: a failure came in the place of the answer.
    private async Task<bool> IsUnansweredAsync(string said)
    {
        var session = await store.OpenAsync(thread, open with { RecentMessages = Recent }, interruption);
        var messages = await session.History.LastAsync(Recent, interruption);
        return messages is [.., var last] && messages.LastOrDefault(message => message.Role == ChatRole.User)?.Text == said && !PartialReplyException.IsPartial(last);
    }

    // Null if somebody else has ended it meanwhile.
    private async Task<ChatReply?> ResumeAsync(TurnInfo left)
    {
        if (!IsOurs(left))
        {
            return new($"Turn {left.Id} of another program has not ended: it is {left.State.ToString().ToLowerInvariant()}.", IsReply: false, []);
        }

        await using var turn = await BeginAsync([], left.Key!);
        return await RunAsync(turn);
    }

    private Task<Turn> BeginAsync(string said)
    {
        var now = time.GetUtcNow();
        var id = Guid.CreateVersion7(now).ToString("N");
        return BeginAsync([new ChatMessage(ChatRole.User, said) { MessageId = id, CreatedAt = now }], _keys + id);
    }

    // A signal ends the wait for the thread; a turn that has begun comes to its end.
    private async Task<Turn> BeginAsync(IReadOnlyList<ChatMessage> messages, string key)
    {
        var options = new TurnOptions
        {
            Key = key,
            By = open.UserId,
            UserId = open.UserId,
            Agent = open.Agent,
            Lease = Lease,
            MaxAttempts = MaxAttempts,
            HistoryWindow = agent.HistoryWindow,
        };
        while (true)
        {
            try
            {
                return await Thread.BeginTurnAsync(messages, options, interruption);
            }
            catch (TurnQueueFullException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, interruption);
            }
        }
    }

    // Null for a turn that had ended.
    private async Task<ChatReply?> RunAsync(Turn turn)
    {
        if (turn.IsReplay)
        {
            return null;
        }

        if (turn.State != TurnState.Running)
        {
            return ChatReply.Waiting(turn.Interrupts);
        }

        try
        {
            var response = await turn.ReplyAsync(agent.Client, agent.Options, CancellationToken.None);
            await turn.CompleteAsync(cancellationToken: CancellationToken.None);
            return ChatReply.Of(response.Text);
        }
        catch (TurnSuspendedException)
        {
            return ChatReply.Waiting(turn.Interrupts);
        }
        catch (PartialReplyException e)
        {
            await FailAsync(turn, e.InnerException!, e.Arrived);
            ExceptionDispatchInfo.Throw(e.InnerException!);
            throw;
        }
        catch (Exception e)
        {
            await FailAsync(turn, e, []);
            throw;
        }
    }

    // What failed is told; that it cannot be noted is not worth more.
    private static async Task FailAsync(Turn turn, Exception error, IReadOnlyList<ChatMessage> arrived)
    {
        try
        {
            if (arrived.Count > 0)
            {
                await turn.AddAsync(arrived);
            }

            await turn.FailAsync(error, CancellationToken.None);
        }
        catch (AgentStateException)
        {
            // The lease lapses, and whoever comes next finds what is stored.
        }
    }
}
