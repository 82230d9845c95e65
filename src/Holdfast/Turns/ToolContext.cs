using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>What a tool is given besides its arguments; the model does not see it.</summary>
/// <remarks>
/// <para>
/// What a tool sets in <see cref="State"/>, <see cref="Variables"/>, <see cref="User"/> and <see cref="App"/> becomes durable in the commit of its result, or not at all: nothing is left of a call
/// that throws, asks people, or is cut off by a crash, and the next try begins with what is stored.
/// </para>
/// <para>
/// A call sees what the turn has, and its own changes, but not those of calls that run at the same time. Results bring their changes along key by key: of two calls that set the same key, the one
/// that ends later holds; what each of them appends to a list is kept.
/// </para>
/// <para>For one caller at a time; a context is not to be used after its tool has returned.</para>
/// </remarks>
public sealed class ToolContext
{
    private readonly ToolDraft? _draft;

    internal ToolContext(string callId, StepContext step, ToolDraft? draft) => (CallId, Step, _draft) = (callId, step, draft);

    /// <summary>The id of the call.</summary>
    public string CallId { get; }

    /// <summary>The step that the call is.</summary>
    public StepContext Step { get; }

    /// <summary>The turn.</summary>
    public Turn Turn => Step.Turn;

    /// <summary>The state of the tool in this thread: what <see cref="ThreadSession.Tools"/> has under its name.</summary>
    public StateSection State => Draft.State;

    /// <summary>The variables of the thread.</summary>
    public StateSection Variables => Draft.Variables;

    /// <summary>The variables that all threads of the thread's owner share; a section of the thread itself where it has no owner.</summary>
    /// <remarks>
    /// They are read once in a turn, and only where a tool takes a context (<see cref="DurableFunctionOptions.LoadUser"/>). They are a thread of their own, committed right after that of the turn: a
    /// crash between the two leaves the result without what the tool set here, and the tool does not run again.
    /// </remarks>
    public StateSection User => Draft.User;

    /// <summary>The variables that all threads of the application share. They can be set; to read them, set <see cref="DurableFunctionOptions.LoadApp"/>.</summary>
    /// <remarks>They are a thread of their own, committed after <see cref="User"/>: what is said there about a crash holds here too.</remarks>
    public StateSection App => Draft.App;

    private ToolDraft Draft => _draft
        ?? throw new InvalidOperationException("A function is given state where it is made with DurableFunction.Create and takes a ToolContext.");

    /// <summary>Asks people before anything is done, and gives their answer once the turn is resumed and the tool is called again.</summary>
    /// <exception cref="TurnSuspendedException">Nobody has answered yet: let it pass.</exception>
    public ValueTask<InterruptAnswer> AskAsync(InterruptRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return Turn.AskAsync(request with { Name = $"{CallId}/{request.Name}" }, cancellationToken);
    }

    internal static ToolContext Of(AIFunctionArguments arguments)
        => arguments.Context?.TryGetValue(typeof(ToolContext), out var context) is true && context is ToolContext tool
            ? tool
            : throw new InvalidOperationException("The function takes a ToolContext, which only a turn can give: run the model with Turn.ReplyAsync, or put UseDurableFunctionInvocation into the pipeline of the chat client.");
}
