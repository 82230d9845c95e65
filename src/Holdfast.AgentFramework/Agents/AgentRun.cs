using Microsoft.Agents.AI;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>One run of an agent: its turn, and what the agent is given.</summary>
internal sealed class AgentRun : IAsyncDisposable
{
    // What the framework notes between two runs of approvals. It would refuse, for the user, what was answered elsewhere.
    private static readonly string[] NotedApprovals = ["_pendingApprovalRequests", "_autoApprovedFunctionCalls"];

    private readonly PersistentChatClient _chat;
    private readonly ChatOptions _call;
    private readonly bool _isOwner;
    private readonly bool _keepsItself;
    private readonly int _recorded;
    private readonly CancellationTokenSource _stop;
    private bool _hasEnded;

    private AgentRun(PersistentChatClient chat, ChatOptions call, Turn turn, bool isOwner, bool keepsItself, CancellationToken cancellationToken)
    {
        (_chat, _call, Turn, _isOwner, _keepsItself, _recorded) = (chat, call, turn, isOwner, keepsItself, turn.Reply.Count);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, turn.Stopping);
    }

    public Turn Turn { get; }

    /// <summary>What is returned without running the agent; null if it is to run.</summary>
    public ChatResponse? Recorded { get; private init; }

    public required IReadOnlyList<ChatMessage> Messages { get; init; }

    public required AgentSession Session { get; init; }

    public required AgentRunOptions Options { get; init; }

    /// <summary>Cancelled when the caller cancels, or the turn is to stop.</summary>
    public CancellationToken Token => _stop.Token;

    public bool Waits => Turn.State is TurnState.Interrupted or TurnState.Sleeping;

    public static async ValueTask<AgentRun> BeginAsync(
        AIAgent agent, PersistentChatClient chat, IServiceProvider? services, IReadOnlyList<ChatMessage> messages, AgentSession? session, AgentRunOptions? options, CancellationToken cancellationToken)
    {
        session ??= await agent.CreateSessionAsync(cancellationToken).ConfigureAwait(false);
        var before = Turn.Current;
        var run = RunOptions.Of(options);
        run.ChatOptions!.ConversationId = (session.GetThreadId() ?? ThreadId.New()).Value;
        var turn = await chat.BeginTurnAsync(messages, run.ChatOptions, cancellationToken).ConfigureAwait(false);
        var isOwner = !ReferenceEquals(turn, before);
        turn.EndsWithReply &= !isOwner;
        var call = run.ChatOptions.Clone();
        var keepsItself = agent.GetService<PersistentChatClient>() is not null;
        var invokes = !keepsItself && agent.GetService<IChatClient>()?.GetService<FunctionInvokingChatClient>() is not null;
        if (!keepsItself)
        {
            session.SetThreadId(turn.Session.Id);
            run.ChatOptions.ConversationId = null;
        }

        if (invokes)
        {
            run.ChatClientFactory = Steps(run.ChatClientFactory, chat, call, services);
        }

        foreach (var noted in keepsItself || invokes ? NotedApprovals : [])
        {
            session.StateBag.TryRemoveValue(noted);
        }

        return new(chat, call, turn, isOwner, keepsItself, cancellationToken)
        {
            Recorded = keepsItself || !isOwner ? null : await chat.RecordedAsync(turn, call, cancellationToken).ConfigureAwait(false),
            Messages = invokes ? Approvals.Without(messages) : messages,
            Session = session,
            Options = run,
        };
    }

    /// <summary>Steps to the next update of a stream, as part of the turn.</summary>
    public async ValueTask<bool> MoveNextAsync(IAsyncEnumerator<AgentResponseUpdate> stream, List<AgentResponseUpdate> arrived, CancellationToken callers)
    {
        // Whoever reads the stream may be in another context each time.
        Turn.Current = Turn;
        try
        {
            if (await stream.MoveNextAsync().ConfigureAwait(false))
            {
                return true;
            }

            await EndAsync(arrived.ToAgentResponse()).ConfigureAwait(false);
        }
        catch (TurnSuspendedException) when (Waits)
        {
            // What it waits for is shown.
        }
        catch (Exception e)
        {
            await FailAsync(e, callers).ConfigureAwait(false);
            throw;
        }

        return false;
    }

    /// <summary>Stores what nobody has stored, and ends the turn, unless it waits.</summary>
    public async ValueTask EndAsync(AgentResponse response)
    {
        if (!_keepsItself && Turn.State == TurnState.Running)
        {
            if (Turn.Reply.Count == _recorded)
            {
                await _chat.KeepAsync(response.Messages, response.Usage, _call, Token).ConfigureAwait(false);
            }
            else if (response.Usage is { } usage)
            {
                await Turn.AddAsync([], usage, Token).ConfigureAwait(false);
            }
        }

        _hasEnded = true;
        if (_isOwner && Turn.State == TurnState.Running)
        {
            await Turn.CompleteAsync(cancellationToken: CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Ends the turn by an error: it can be resumed, unless the caller wanted it to stop. One that others stopped ends when it is let go.</summary>
    public async ValueTask FailAsync(Exception error, CancellationToken callers)
    {
        _hasEnded = true;
        if (_isOwner)
        {
            await Turn.FailOrCancelAsync(error, callers).ConfigureAwait(false);
        }
    }

    /// <summary>What the turn waits for; null if it does not wait, or the agent says it itself.</summary>
    public async ValueTask<ChatResponse?> WaitingAsync() => Waits && !_keepsItself ? await _chat.RecordedAsync(Turn, _call, Token).ConfigureAwait(false) : null;

    /// <summary>The response as the caller gets it: of approvals, what the turn asks for.</summary>
    public AgentResponse Shown(AgentResponse response, ChatResponse? waiting = null)
    {
        if (waiting is not null)
        {
            response.Messages = [.. Approvals.Without(response.Messages), .. waiting.Messages];
        }

        if (Waits)
        {
            (response.AdditionalProperties ??= [])[DurableFunctionInvokingChatClient.InterruptsProperty] = _chat.InterruptsOf(Turn, _call);
        }

        return response;
    }

    /// <inheritdoc cref="Shown(AgentResponse, ChatResponse?)"/>
    public AgentResponseUpdate? Shown(AgentResponseUpdate update)
    {
        if (_keepsItself || !update.Contents.Any(Approvals.IsOne))
        {
            return update;
        }

        var contents = update.Contents.Where(content => !Approvals.IsOne(content)).ToList();
        return contents.Count == 0 ? null : new(update.AsChatResponseUpdate()) { Contents = contents, AgentId = update.AgentId };
    }

    public async ValueTask DisposeAsync()
    {
        if (!_hasEnded && Recorded is null)
        {
            await FailAsync(new OperationCanceledException("the reader left"), new(canceled: true)).ConfigureAwait(false);
        }

        if (_isOwner)
        {
            await Turn.DisposeAsync().ConfigureAwait(false);
        }

        _stop.Dispose();
    }

    private static Func<IChatClient, IChatClient> Steps(Func<IChatClient, IChatClient>? given, PersistentChatClient chat, ChatOptions call, IServiceProvider? services)
        => client => new StepChatClient(given?.Invoke(client) ?? client, chat, call, services);
}
