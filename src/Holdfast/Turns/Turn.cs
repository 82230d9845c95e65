using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>A turn of a conversation, or a task: from what is said to the end of what is done about it. What it records is durable, and a turn that is begun again with its key goes on where it stood.</summary>
/// <remarks>
/// <para>Thread safe, so that tools can run side by side; its <see cref="Session"/> is not.</para>
/// <para>End it with <see cref="CompleteAsync"/>, <see cref="FailAsync"/> or <see cref="CancelAsync"/>. A turn that is disposed of without an outcome has failed, and its key resumes it.</para>
/// </remarks>
public sealed class Turn : IAsyncDisposable
{
    private const string Reflection = "Uses reflection over the type of the result. Pass a JsonTypeInfo where code is trimmed or compiled ahead of time.";

    /// <summary>The property of <see cref="ChatMessage.AdditionalProperties"/> that names the agent who said a message of the assistant. No model is sent it.</summary>
    public const string AgentProperty = "holdfast.agent";

    private static readonly AsyncLocal<Turn?> Ambient = new();

    private readonly TurnRun? _run;
    private readonly StepRunner? _steps;
    private readonly InterruptRaiser? _asking;
    private readonly IReadOnlyList<ChatMessage> _replayed = [];
    private readonly TurnDocument _known;

    private Turn(TurnRun run, TurnDocument known, bool isResumed)
    {
        (_run, _known, Id, Session, IsResumed, Recorded) = (run, known, run.Id, run.Writer.Session, isResumed, run.Messages.Durable.Count);
        _asking = new(run);
        _steps = new(run, this, _asking);
    }

    private Turn(ThreadSession session, TurnId id, TurnDocument known, IReadOnlyList<ChatMessage> reply, IReadOnlyList<Interrupt> interrupts)
        => (Session, Id, _known, _replayed, Interrupts) = (session, id, known, reply, interrupts);

    /// <summary>The turn that the caller is part of; null outside of turns. It flows with the code that is awaited, as <see cref="System.Threading.AsyncLocal{T}"/> does.</summary>
    /// <remarks>Set it where your own code runs a turn with clients or agents that are to be part of it. A method that is awaited cannot set it for its caller.</remarks>
    public static Turn? Current
    {
        get => Ambient.Value;
        set => Ambient.Value = value;
    }

    /// <summary>The id.</summary>
    public TurnId Id { get; }

    /// <summary>The idempotency key, if it has one.</summary>
    public string? Key => _known.Key;

    /// <summary>Where the turn stands.</summary>
    public TurnState State => _run?.State ?? _known.State;

    /// <summary>How often the turn was begun, with this time.</summary>
    public int Attempt => _known.Attempt;

    /// <summary>Whether the turn was begun before, and goes on where it stood.</summary>
    public bool IsResumed { get; }

    /// <summary>Whether the turn had ended before: nothing runs, and <see cref="Reply"/> is what was recorded.</summary>
    public bool IsReplay => _run is null && State is TurnState.Completed or TurnState.Cancelled or TurnState.Failed;

    /// <summary>The messages that the turn added after those it began with.</summary>
    public IReadOnlyList<ChatMessage> Reply => _run?.Messages.Durable ?? _replayed;

    /// <summary>How many tokens the replies took so far, as far as the models said.</summary>
    public UsageDetails? Usage => TurnInfo.Of(Id, _run?.Writer.Book.Find(Id) ?? _known, 0).Usage;

    /// <summary>The token of the lease under which the turn runs. It rises with each holder of the thread: a service that remembers the highest can refuse a former one. 0 without a lease.</summary>
    public long Token => _run?.Writer.Token ?? 0;

    /// <summary>Cancelled when the turn is to stop: someone cancelled it, or it has lost its lease.</summary>
    public CancellationToken Stopping => _run?.Stopping ?? CancellationToken.None;

    /// <summary>The thread as the turn has it. What is changed becomes durable with the next commit of the turn. For one caller at a time.</summary>
    public ThreadSession Session { get; }

    /// <summary>What the turn asks people, as long as it waits for them.</summary>
    public IReadOnlyList<Interrupt> Interrupts { get; private set; } = [];

    /// <summary>The steps of the turn so far.</summary>
    public IReadOnlyList<StepInfo> Steps => [.. new TurnBook(Session.State).Steps(Id).Select(step => StepInfo.Of(step.Key, step.Step))];

    private TurnRun Run => _run ?? throw NotHere;

    // Why nothing can be done with a turn that does not run here.
    private AgentStateException NotHere => State is TurnState.Interrupted or TurnState.Sleeping
        ? new TurnSuspendedException(Id, _known.Wake is { } wake ? DateTimeOffset.FromUnixTimeMilliseconds(wake) : null)
        : new TurnEndedException(Id, State);

    /// <summary>Whether a chat client ends the turn with its reply, in one commit: as long as it is one that a chat client began. Set it to false to end such a turn yourself.</summary>
    public bool EndsWithReply { get; set; }

    /// <summary>Whether whoever runs the tools leaves it to the chat client to ask people for approval.</summary>
    internal IReadOnlyList<AITool>? Tools { get; set; }

    /// <summary>The messages that a chat client began it with; they are not looked at again.</summary>
    internal IReadOnlySet<ChatMessage> Said { get; set; } = new HashSet<ChatMessage>();

    /// <summary>What the model is told besides the conversation.</summary>
    internal IReadOnlyList<ChatMessage> Instructions { get; set; } = [];

    /// <summary>How many messages it had added when it was resumed.</summary>
    internal int Recorded { get; }

    internal StepRunner Runner => _steps ?? throw NotHere;

    internal InterruptRaiser Asking => _asking ?? throw NotHere;

    internal TurnRun Running => Run;

    /// <summary>When a turn that waits goes on by itself; null for never.</summary>
    internal DateTimeOffset? WakesAt => _run is { } run ? run.Suspension?.Until : _known.Wake is { } wake ? DateTimeOffset.FromUnixTimeMilliseconds(wake) : null;

    /// <summary>Why somebody wants the turn to be cancelled; null if nobody does.</summary>
    internal string? CancelReason => _run?.CancelReason;

    /// <summary>Why nothing of the turn can be stored any more; null as long as it is run here.</summary>
    internal LeaseLostException? Loss => _run?.Writer.Loss;

    /// <summary>Whether the turn may take as many steps again: for agents that are to stop after a number of them.</summary>
    /// <param name="maxSteps">The most steps.</param>
    public bool CanContinue(int maxSteps) => State == TurnState.Running && Steps.Count < maxSteps;

    /// <summary>The conversation for the model: valid for the strictest provider.</summary>
    public async ValueTask<IReadOnlyList<ChatMessage>> ForModelAsync(CancellationToken cancellationToken = default)
    {
        Run.RefuseIfOver();
        return await Run.Writer.ReadAsync(_ => Session.History.ForModelAsync(new() { Last = Run.Options.HistoryWindow, RepeatsCutEnd = true }, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The calls of its replies that have no result yet, in their order: what is to be done before the model can be asked again. Copies.</summary>
    public async ValueTask<IReadOnlyList<FunctionCallContent>> OpenCallsAsync(CancellationToken cancellationToken = default)
        => [.. (await TurnProgress.OpenCallsAsync(this, cancellationToken).ConfigureAwait(false)).Select(call => CallCopies.CopyOf(call, call.CallId))];

    /// <summary>Adds messages: durable when it returns. Those whose ids are known are not added again.</summary>
    /// <exception cref="TurnSuspendedException">The turn waits.</exception>
    /// <exception cref="LeaseLostException">Another runner has taken the turn over.</exception>
    public async ValueTask AddAsync(IEnumerable<ChatMessage> messages, UsageDetails? usage = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        cancellationToken.ThrowIfCancellationRequested();
        Run.RefuseIfOver();
        var added = Prepare(messages);
        await Run.WriteAsync("said", (book, _) => added.Put(book, usage)).ConfigureAwait(false);
    }

    /// <summary>Runs a model, with its tools, until it has replied; resumes where the turn stood.</summary>
    /// <remarks>
    /// A reply is durable before its tools run, and each tool is a step: its result is durable before the model is told. Functions that need approval are asked for with an interrupt. Give a client
    /// that does not invoke functions itself; one that does keeps its own loop, and its messages are added when it returns.
    /// </remarks>
    /// <exception cref="TurnSuspendedException">The turn waits for people, or for a time.</exception>
    public ValueTask<ChatResponse> ReplyAsync(IChatClient client, ChatOptions? options = null, CancellationToken cancellationToken = default)
        => RunAsync(client, options, ends: false, cancellationToken);

    /// <summary>Runs a model, with its tools, until it has replied, and ends the turn: the last reply and the end are one commit, where <see cref="ReplyAsync"/> and <see cref="CompleteAsync"/> make two.</summary>
    /// <remarks>A reply with calls that somebody else carries out (functions that are only declared) does not end the turn.</remarks>
    /// <inheritdoc cref="ReplyAsync(IChatClient, ChatOptions?, CancellationToken)"/>
    public ValueTask<ChatResponse> ReplyAndCompleteAsync(IChatClient client, ChatOptions? options = null, CancellationToken cancellationToken = default)
        => RunAsync(client, options, ends: true, cancellationToken);

    private async ValueTask<ChatResponse> RunAsync(IChatClient client, ChatOptions? options, bool ends, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(client);
        Run.RefuseIfOver();
        var before = Current;
        Current = this;
        try
        {
            return await new ReplyLoop(this, client, options, ends).RunAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (Run.Note(e))
        {
            throw;
        }
        finally
        {
            Current = before;
        }
    }

    /// <summary>Does something once: a result that is durable is never computed again, also when the turn is resumed by another process.</summary>
    /// <remarks>What happens when the process dies between the work and its result is for <see cref="StepOptions.Policy"/> to say.</remarks>
    /// <param name="name">The name of the step.</param>
    /// <param name="type">How the result is turned into JSON and back.</param>
    /// <param name="work">The work. Give <see cref="StepContext.IdempotencyKey"/> to services that carry out each key once.</param>
    /// <param name="options">How it runs; null for the defaults.</param>
    /// <param name="cancellationToken">Cancels the work.</param>
    /// <exception cref="StepFailedException">The work failed, now or before; it does not run again.</exception>
    /// <exception cref="TurnSuspendedException">A person is asked.</exception>
    public ValueTask<T> RunOnceAsync<T>(
        string name, JsonTypeInfo<T> type, Func<StepContext, CancellationToken, Task<T>> work, StepOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(type);
        ArgumentNullException.ThrowIfNull(work);
        var step = new StepWork<T>(
            StepRunner.StepKind, name, work, value => Utf8Json.Write(value, type, $"the result of step '{name}'"), json => Utf8Json.Read(json.Span, type, $"the result of step '{name}'")!, options ?? StepOptions.Default);
        return Runner.RunAsync(step, cancellationToken);
    }

    /// <inheritdoc cref="RunOnceAsync{T}(string, JsonTypeInfo{T}, Func{StepContext, CancellationToken, Task{T}}, StepOptions?, CancellationToken)"/>
    [RequiresUnreferencedCode(Reflection), RequiresDynamicCode(Reflection)]
    public ValueTask<T> RunOnceAsync<T>(string name, Func<StepContext, CancellationToken, Task<T>> work, StepOptions? options = null, CancellationToken cancellationToken = default)
        => RunOnceAsync(name, JsonTypes.Of<T>(Session.State.Options.Json), work, options, cancellationToken);

    /// <inheritdoc cref="RunOnceAsync{T}(string, JsonTypeInfo{T}, Func{StepContext, CancellationToken, Task{T}}, StepOptions?, CancellationToken)"/>
    public async ValueTask RunOnceAsync(string name, Func<StepContext, CancellationToken, Task> work, StepOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(work);
        var step = new StepWork<bool>(
            StepRunner.StepKind,
            name,
            async (context, token) =>
            {
                await work(context, token).ConfigureAwait(false);
                return true;
            },
            _ => "true"u8.ToArray(),
            _ => true,
            options ?? StepOptions.Default);
        await Runner.RunAsync(step, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes a call of a tool once, as a step: a call whose result is recorded gets that result, and one that needs approval is made when it is approved.</summary>
    /// <remarks>The result becomes durable as a message of the turn before this returns. For code that runs the tools of a model itself; <see cref="ReplyAsync"/> and <c>UseDurableFunctionInvocation</c> do it by themselves.</remarks>
    /// <param name="call">The call, of a reply that the turn has recorded.</param>
    /// <param name="function">The function.</param>
    /// <param name="invoke">How the function is invoked with its arguments, which an approval may have changed; null for plainly.</param>
    /// <param name="includeDetailedErrors">Whether the model is told the message of the exception when the function throws; null for what <see cref="TurnOptions.IncludeDetailedErrors"/> says.</param>
    /// <param name="cancellationToken">Cancels the work.</param>
    /// <exception cref="StepFailedException">The function failed, now or before; the model is told.</exception>
    /// <exception cref="TurnSuspendedException">People are asked.</exception>
    /// <exception cref="ApprovalMismatchException">The call is not the one that was approved.</exception>
    public async ValueTask<object?> RunToolAsync(
        FunctionCallContent call,
        AIFunction function,
        Func<AIFunctionArguments, CancellationToken, ValueTask<object?>>? invoke = null,
        bool? includeDetailedErrors = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(call);
        ArgumentNullException.ThrowIfNull(function);
        Run.RefuseIfOver();
        try
        {
            return await new ToolRunner(this).RunAsync(call, function, (arguments, token) => (invoke ?? function.InvokeAsync)(arguments, token), includeDetailedErrors ?? Run.Options.IncludeDetailedErrors, cancellationToken).ConfigureAwait(false);
        }
        catch (TurnSuspendedException)
        {
            await NoteInterruptsAsync(CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Waits, also across restarts: for as long as the lease lasts here; longer by letting the turn sleep.</summary>
    /// <param name="name">The name of the step.</param>
    /// <param name="time">How long: up to 36,500 days.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time is negative, or too long.</exception>
    /// <exception cref="TurnSuspendedException">The turn sleeps; it goes on when it is begun again with its key after that time, or by a worker.</exception>
    public ValueTask DelayAsync(string name, TimeSpan time, CancellationToken cancellationToken = default) => Runner.DelayAsync(name, time, cancellationToken);

    /// <summary>Asks people, and gives their answer once the turn is resumed.</summary>
    /// <exception cref="TurnSuspendedException">Nobody has answered yet: let it pass, and begin the turn again later.</exception>
    public async ValueTask<InterruptAnswer> AskAsync(InterruptRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        try
        {
            return await Asking.AskAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (TurnSuspendedException)
        {
            await NoteInterruptsAsync(cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Hands the thread over to another agent, with one commit that says why. It is a step: done once, also when the turn is resumed, and seen by whoever opens the thread.</summary>
    /// <remarks>The reason is kept as a decision (<see cref="ThreadHandle.DecisionsAsync"/>). Who is in charge is <see cref="ThreadSession.Agent"/>; <see cref="ReplyAsync"/> returns when a function hands over, so that the next call is for the next agent.</remarks>
    /// <param name="agent">The agent that takes charge: 1 to 512 bytes of UTF-8 without control characters.</param>
    /// <param name="reason">Why; null if that is not said.</param>
    /// <param name="cancellationToken">Cancels the call before anything was stored.</param>
    /// <exception cref="InvalidIdentifierException">This cannot be the name of an agent.</exception>
    public ValueTask HandOffAsync(string agent, string? reason = null, CancellationToken cancellationToken = default) => HandOff.RunAsync(this, agent, reason, cancellationToken);

    /// <summary>Ends the turn. One that waits is left alone.</summary>
    /// <param name="status">The status that the thread gets; null for <see cref="ThreadStatus.Idle"/>.</param>
    /// <param name="cancellationToken">Cancels the call before anything was stored.</param>
    /// <returns>Where the turn stands: <see cref="TurnState.Completed"/>, or what it waits for.</returns>
    public ValueTask<TurnState> CompleteAsync(ThreadStatus? status = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return EndAsync(TurnState.Completed, null, status ?? ThreadStatus.Idle, null, null);
    }

    /// <summary>Ends the turn with an error. Its key resumes it.</summary>
    public async ValueTask FailAsync(Exception error, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(error);
        cancellationToken.ThrowIfCancellationRequested();
        await EndAsync(TurnState.Failed, $"{error.GetType().Name}: {error.Message}", ThreadStatus.Failed, null, null).ConfigureAwait(false);
    }

    /// <summary>Stops the turn for good: open calls are answered, and what was asked is withdrawn.</summary>
    public async ValueTask CancelAsync(string? reason = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await EndAsync(TurnState.Cancelled, reason, ThreadStatus.Idle, null, null).ConfigureAwait(false);
    }

    /// <summary>Lets the turn go. One without an outcome has failed, and its key resumes it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_run is { State: TurnState.Running, Suspension: null } run)
        {
            try
            {
                var stops = run.CancelReason is not null;
                await EndAsync(stops ? TurnState.Cancelled : TurnState.Failed, run.CancelReason ?? run.LetGo, stops ? ThreadStatus.Idle : ThreadStatus.Failed, null, null).ConfigureAwait(false);
            }
            catch (Exception e) when (e is AgentStateException or ObjectDisposedException)
            {
                // The lease lapses; whoever comes next finds what is stored.
            }
            finally
            {
                run.Dispose();
            }
        }

        _run?.Dispose();
    }

    /// <summary>The id, and where the turn stands; never its content.</summary>
    public override string ToString() => $"turn {Id} of thread '{Session.State.Key}': {State.ToString().ToLowerInvariant()}";

    internal static async ValueTask<Turn> StartAsync(TurnWriter writer, TurnId id, TurnOptions options, bool isResumed, CancellationToken cancellationToken)
    {
        // Read first: a turn that its caller never gets must not give signs of life.
        var (session, known) = (writer.Session.State, writer.Book.Find(id)!);
        var recorded = isResumed ? await TurnReading.MessagesAsync(session, id, known.Begun, session.Version, cancellationToken).ConfigureAwait(false) : [];
        var run = new TurnRun(writer, id, options);
        if (isResumed)
        {
            run.Messages.Begin(recorded);
        }

        return new(run, known, isResumed);
    }

    internal static async ValueTask<Turn> SuspendedAsync(ThreadSession session, TurnId id, TurnDocument turn, CancellationToken cancellationToken)
    {
        var reply = await TurnReading.MessagesAsync(session.State, id, turn.Begun, session.Version, cancellationToken).ConfigureAwait(false);
        return new(session, id, turn, reply, await InterruptRaiser.ReadAsync(new(session.State), id, cancellationToken).ConfigureAwait(false));
    }

    internal static async ValueTask<Turn> ReplayAsync(ThreadSession session, TurnRecord ended, long version, CancellationToken cancellationToken)
    {
        var id = new TurnId(ended.Id);
        return new(session, id, ended.Turn, await TurnReading.MessagesAsync(session.State, id, ended.Turn.Begun, version, cancellationToken).ConfigureAwait(false), []);
    }

    /// <summary>Ends the turn, with the last messages of its reply in the same commit.</summary>
    internal async ValueTask<TurnState> EndAsync(TurnState outcome, string? error, ThreadStatus status, IEnumerable<ChatMessage>? messages, UsageDetails? usage)
    {
        if (_run is not { } run || run.Suspension is not null || run.State != TurnState.Running)
        {
            return _run?.Suspension is { } waits ? (waits.Until is null ? TurnState.Interrupted : TurnState.Sleeping) : State;
        }

        var added = Prepare(messages ?? []);
        var open = run.Children.Open(run.Document);
        var answers = outcome == TurnState.Cancelled ? await run.Writer.ReadAsync(book => OpenCallRepair.AnswersAsync(book.Session, [Id], CancellationToken.None), CancellationToken.None).ConfigureAwait(false) : [];
        var unread = outcome == TurnState.Failed ? [] : await run.Writer.ReadAsync(book => TurnQueue.UnreadAsync(book, [(Id, run.Document)], CancellationToken.None), CancellationToken.None).ConfigureAwait(false);
        await run.WriteAsync(outcome switch { TurnState.Completed => "turn completed", TurnState.Failed => "turn failed", _ => "turn cancelled" }, (book, batch) =>
        {
            added.Put(book, usage);
            Session.History.AddRange(answers);
            book.Session.Pending.Messages.AddRange(unread);
            var final = run.Document with { State = outcome, Error = error };
            batch.Releases = run.Writer.Token is not null;
            book.Session.TakeStatus(status);
            if (outcome == TurnState.Failed)
            {
                // Its key resumes it with all that it did, until another turn begins.
                book.Put(Id, final);
            }
            else
            {
                batch.Close(book, Id, final, run.Now);
            }
        }).ConfigureAwait(false);
        run.End(outcome);
        if (outcome != TurnState.Failed)
        {
            await ChildTurns.CancelAsync(run.Store, Session.State.Key, Id, open, error).ConfigureAwait(false);
        }

        return outcome;
    }

    /// <summary>Tells the turn to stop.</summary>
    internal void Stop() => _run?.Stop();

    /// <summary>Lets the turn go in the middle, so that another runner goes on with it at once.</summary>
    internal ValueTask HandBackAsync() => Run.HandBackAsync();

    internal AddedMessages Prepare(IEnumerable<ChatMessage> messages) => new(Run, [.. messages]);

    internal async ValueTask NoteInterruptsAsync(CancellationToken cancellationToken)
        => Interrupts = [.. await Run.Writer.ReadAsync(book => InterruptRaiser.ReadAsync(book, Id, cancellationToken), cancellationToken).ConfigureAwait(false), .. Run.Children.Interrupts];
}
