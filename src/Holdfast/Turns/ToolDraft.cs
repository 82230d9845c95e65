namespace Holdfast;

/// <summary>What one call of a tool changes: apart from everybody else until its result is stored, and then by the same commit. Made anew for each try.</summary>
internal sealed class ToolDraft
{
    private readonly string _tool;

    private ToolDraft(ThreadSession session, string tool)
        => (_tool, State, Variables, User, App) = (tool, session.Tools[tool].Draft(), session.Variables.Draft(), session.User.Draft(), session.App.Draft());

    public StateSection State { get; }

    public StateSection Variables { get; }

    public StateSection User { get; }

    public StateSection App { get; }

    /// <summary>Reads what a tool wants to see and the turn has not read yet.</summary>
    public static async ValueTask LoadAsync(ThreadSession session, DurableFunctionOptions options, CancellationToken cancellationToken)
    {
        if (options.LoadUser)
        {
            await session.User.LoadAsync(cancellationToken).ConfigureAwait(false);
        }

        if (options.LoadApp)
        {
            await session.App.LoadAsync(cancellationToken).ConfigureAwait(false);
        }

        if (!session.State.Store.KnowsTime)
        {
            // Keys may be set for a time.
            await session.State.Store.NowAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The state as the turn has it, for one try.</summary>
    public static ToolDraft Of(ThreadSession session, string tool) => new(session, tool);

    /// <summary>Makes the changes in the session of the turn: those of several calls meet key by key.</summary>
    public void Put(ThreadSession session)
    {
        session.Tools[_tool].Take(State);
        session.Variables.Take(Variables);
        session.User.Take(User);
        session.App.Take(App);
    }
}
