using System.Runtime.CompilerServices;
using Holdfast;
using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.AI;

/// <summary>A client that invokes functions, each once: what a call came to is durable before it is used, and a turn that was cut off goes on where it stood.</summary>
/// <remarks>
/// <para>
/// It stands above a <see cref="PersistentChatClient"/>. Each call of it is a turn of the thread: see <see cref="PersistentChatClient.BeginTurnAsync"/> for how turns are found again, and
/// <see cref="DurableFunction"/> for what can be said with a function. Inside a turn (<see cref="Turn.Current"/>) of the same thread it is part of that turn, and does not end it.
/// </para>
/// <para>
/// Functions that need approval become interrupts. The caller gets <see cref="ToolApprovalRequestContent"/>, and answers with <see cref="ToolApprovalResponseContent"/> or through
/// <see cref="AgentStateStore.Interrupts"/>. A response of a turn that waits has the property <see cref="InterruptsProperty"/>.
/// </para>
/// </remarks>
public class DurableFunctionInvokingChatClient : FunctionInvokingChatClient
{
    /// <summary>The property of <see cref="ChatResponse.AdditionalProperties"/> (of a stream: of its last update) that has what a turn waits for: a list of <see cref="Interrupt"/>. A call that is made for a user does not get those for an <see cref="Interrupt.Audience"/>.</summary>
    public const string InterruptsProperty = "holdfast.interrupts";

    private readonly PersistentChatClient _chat;

    /// <summary>Makes the client; see <see cref="HoldfastChatClientBuilderExtensions.UseDurableFunctionInvocation"/>.</summary>
    /// <param name="innerClient">The client below, with a <see cref="PersistentChatClient"/>.</param>
    /// <param name="loggerFactory">Logs what functions are invoked; null for no log.</param>
    /// <param name="functionInvocationServices">What functions may ask for; null for nothing.</param>
    /// <exception cref="InvalidOperationException">There is no <see cref="PersistentChatClient"/> below.</exception>
    public DurableFunctionInvokingChatClient(IChatClient innerClient, ILoggerFactory? loggerFactory = null, IServiceProvider? functionInvocationServices = null)
        : base(innerClient, loggerFactory, functionInvocationServices)
        => _chat = innerClient.GetService<PersistentChatClient>()
            ?? throw new InvalidOperationException("There is no PersistentChatClient below: put UseHoldfast after UseDurableFunctionInvocation.");

    /// <inheritdoc/>
    /// <exception cref="InterruptClosedException">An answer came too late: it was answered otherwise, or nobody waits for it any more.</exception>
    /// <exception cref="InterruptNotFoundException">An answer is to a question that the thread never asked.</exception>
    /// <exception cref="ApprovalMismatchException">An answer is about another call than the one that is stored.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled, somebody cancelled the turn (<see cref="ThreadHandle.CancelTurnAsync"/>), or another process has taken it over.</exception>
    /// <exception cref="TurnEndedException">The turn was begun too often, and never ended.</exception>
    /// <exception cref="LeaseLostException">Another process has taken the turn over.</exception>
    public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var call = await BeginAsync([.. messages], options, cancellationToken).ConfigureAwait(false);
        await using var lifetime = call.ConfigureAwait(false);
        Turn.Current = call.Turn;
        ChatResponse response;
        try
        {
            response = await base.GetResponseAsync(call.Messages, call.Options, call.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            await call.FailAsync(e, cancellationToken).ConfigureAwait(false);
            throw;
        }

        await call.EndAsync().ConfigureAwait(false);
        return call.Shown(response);
    }

    /// <inheritdoc/>
    /// <exception cref="InterruptClosedException">An answer came too late: it was answered otherwise, or nobody waits for it any more.</exception>
    /// <exception cref="InterruptNotFoundException">An answer is to a question that the thread never asked.</exception>
    /// <exception cref="ApprovalMismatchException">An answer is about another call than the one that is stored.</exception>
    /// <exception cref="OperationCanceledException">The caller cancelled, somebody cancelled the turn (<see cref="ThreadHandle.CancelTurnAsync"/>), or another process has taken it over.</exception>
    /// <exception cref="TurnEndedException">The turn was begun too often, and never ended.</exception>
    /// <exception cref="LeaseLostException">Another process has taken the turn over.</exception>
    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var call = await BeginAsync([.. messages], options, cancellationToken).ConfigureAwait(false);
        await using var lifetime = call.ConfigureAwait(false);
        var stream = base.GetStreamingResponseAsync(call.Messages, call.Options, call.Token).GetAsyncEnumerator(call.Token);
        try
        {
            while (await MoveNextAsync().ConfigureAwait(false))
            {
                if (call.Shown(stream.Current) is { } update)
                {
                    yield return update;
                }
            }
        }
        finally
        {
            // What arrived of a reply is kept as part of the turn, so before the turn ends.
            Turn.Current = call.Turn;
            await stream.DisposeAsync().ConfigureAwait(false);
        }

        await call.EndAsync().ConfigureAwait(false);
        if (call.Waiting() is { } waiting)
        {
            yield return waiting;
        }

        async ValueTask<bool> MoveNextAsync()
        {
            // Whoever reads the stream may be in another context each time.
            Turn.Current = call.Turn;
            try
            {
                return await stream.MoveNextAsync().ConfigureAwait(false);
            }
            catch (Exception e)
            {
                await call.FailAsync(e, cancellationToken).ConfigureAwait(false);
                throw;
            }
        }
    }

    /// <inheritdoc/>
    protected override async ValueTask<object?> InvokeFunctionAsync(FunctionInvocationContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (Turn.Current is not { } turn)
        {
            return await base.InvokeFunctionAsync(context, cancellationToken).ConfigureAwait(false);
        }

        var services = context.Arguments.Services;
        context.Function = (AIFunction)UnaskedFunction.Known(context.Function);
        try
        {
            return await turn.RunToolAsync(context.CallContent, context.Function, InvokeAsync, IncludeDetailedErrors ? true : null, cancellationToken).ConfigureAwait(false);
        }
        catch (TurnSuspendedException)
        {
            context.Terminate = true;
            return SuspendedCall.Result;
        }

        ValueTask<object?> InvokeAsync(AIFunctionArguments arguments, CancellationToken token)
        {
            arguments.Services = services;
            context.Arguments = arguments;
            return base.InvokeFunctionAsync(context, token);
        }
    }

    private ValueTask<DurableCall> BeginAsync(IReadOnlyList<ChatMessage> messages, ChatOptions? options, CancellationToken cancellationToken)
    {
        // The client that this one is made of would ask by itself, and once more for each call that was approved.
        if (AdditionalTools?.Any(tool => UnaskedFunction.Of(tool) != tool) is true)
        {
            AdditionalTools = [.. AdditionalTools.Select(UnaskedFunction.Of)];
        }

        return DurableCall.BeginAsync(_chat, AdditionalTools, messages, options, cancellationToken);
    }
}
