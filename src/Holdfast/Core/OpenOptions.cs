namespace Holdfast;

/// <summary>How a thread is opened.</summary>
public sealed record OpenOptions
{
    /// <summary>The user for whom the thread is opened. The first commit makes them its owner; a thread of another user is refused.</summary>
    /// <value>The default is null: no user; every thread of the tenant may be opened.</value>
    public string? UserId { get; init; }

    /// <summary>The agent that takes charge of the thread with the next commit.</summary>
    /// <value>The default is null: the agent stays.</value>
    public string? Agent { get; init; }

    /// <summary>The thread whose child this one becomes if it begins with this session: it gets that thread's owner, and <see cref="ThreadHandle.ChildrenAsync"/> of that thread lists it. A thread that is there already stays whose it is.</summary>
    /// <value>The default is null: a thread of its own. <see cref="ThreadHandle.Child"/> sets it by itself.</value>
    public ThreadId? ParentId { get; init; }

    /// <summary>How many entries to read together with the thread, because about that many of the last messages will be needed: 0 to 10,000.</summary>
    /// <value>The default is 0: only what a load reads anyway.</value>
    public int RecentMessages { get; init; }

    /// <summary>Whether opening a thread that does not exist is an error, instead of beginning a new thread.</summary>
    /// <value>The default is false.</value>
    public bool MustExist { get; init; }

    /// <summary>Whether a commit that meets changes of others merges with them, if both touch different things.</summary>
    /// <remarks>Messages are appended in the order of the commits. If both changed the same key, the status or the agent, it is still a conflict.</remarks>
    /// <value>The default is false: every change by others is a conflict.</value>
    public bool RebaseOnConflict { get; init; }

    /// <summary>Whether <see cref="ThreadSession.User"/> is read together with the thread, if <see cref="UserId"/> is given. Otherwise it can be set, but not read.</summary>
    /// <value>The default is true.</value>
    public bool LoadUser { get; init; } = true;

    /// <summary>Whether <see cref="ThreadSession.App"/> is read together with the thread. Otherwise it can be set, but not read, and a session that does not set it never asks for it.</summary>
    /// <value>The default is false.</value>
    public bool LoadApp { get; init; }

    /// <summary>How long the thread lives, counted by the commits of this session, instead of what <see cref="AgentStateOptions.Expiry"/> says.</summary>
    /// <remarks>A commit that is made otherwise applies the policy of the store again; a store whose policy is <see cref="ExpiryPolicy.Never"/> leaves the time as it is.</remarks>
    /// <value>The default is null: as the store says.</value>
    public ExpiryPolicy? Expiry { get; init; }

    /// <summary>What becomes of tool calls that never got a result. The session has the answers, or hides the messages, as changes that are not committed yet; calls of a turn that has not ended are left to it.</summary>
    /// <value>The default is null: nothing. <see cref="MessageHistory.ForModelAsync"/> answers them for the model without storing anything.</value>
    public Repair? Repair { get; init; }

    /// <summary>With <see cref="RebaseOnConflict"/>: whether changing the same key is no conflict, and the later commit holds.</summary>
    internal bool LastWriterWins { get; init; }

    internal void Validate() => Problems().ThrowAsArgument("options");

    internal OptionProblems Problems() => new OptionProblems(nameof(OpenOptions))
        .Identifier(UserId, nameof(UserId))
        .Identifier(Agent, nameof(Agent))
        .Identifier(ParentId?.Value, nameof(ParentId))
        .Range(Repair is not { } repair || Enum.IsDefined(repair), nameof(Repair), "one of its values", Repair)
        .Range(RecentMessages is >= 0 and <= 10_000, nameof(RecentMessages), "0 to 10,000", RecentMessages);
}
