using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>How a chat client keeps its conversations.</summary>
public sealed class PersistentChatOptions
{
    /// <summary>The one user for whom the client opens threads; a thread of another user is refused, and so is a call that names another user.</summary>
    /// <value>The default is null: each call may name its user, see <see cref="UserIdOf"/> and <see cref="PersistentChatClient.UserProperty"/>.</value>
    public string? UserId { get; set; }

    /// <summary>Finds the user of a call, such as the user who is signed in, for one client that serves many users. It is called once for each call, before anything is read.</summary>
    /// <remarks>It alone decides: <see cref="UserId"/> and <see cref="PersistentChatClient.UserProperty"/> are ignored. When it returns null the call is refused, unless <see cref="AllowAnonymous"/> is set.</remarks>
    /// <value>The default is null.</value>
    public Func<ChatOptions?, string?>? UserIdOf { get; set; }

    /// <summary>Whether calls for which <see cref="UserIdOf"/> returns null are served. They reach only threads that have no owner.</summary>
    /// <value>The default is false.</value>
    public bool AllowAnonymous { get; set; }

    /// <summary>Finds the tenant of a call. When it returns null the call is refused.</summary>
    /// <remarks>It alone decides: <see cref="PersistentChatClient.TenantProperty"/> is ignored.</remarks>
    /// <value>The default is null: the tenant of the store, or the one that the call names.</value>
    public Func<ChatOptions?, string?>? TenantOf { get; set; }

    /// <summary>The agent that is in charge of the threads.</summary>
    /// <value>The default is null: the agent stays as it is.</value>
    public string? Agent { get; set; }

    /// <summary>How many of the last messages the model is sent: 1 to 10,000. A few more are sent if the first one would be a tool's result without its call.</summary>
    /// <value>The default is 200.</value>
    public int HistoryWindow { get; set; } = 200;

    /// <summary>
    /// Whether messages without ids are compared with the end of the thread, so that nothing is stored twice when a caller passes the whole conversation each time, or repeats a message
    /// that was never answered. Messages, calls and requests with ids are always recognized.
    /// </summary>
    /// <value>The default is true.</value>
    public bool RecognizeRepeats { get; set; } = true;

    /// <summary>How the turns are begun that <c>UseDurableFunctionInvocation</c> runs. The key, the user, the agent and the window are those of the call and of these options.</summary>
    /// <value>The default is that of <see cref="TurnOptions"/>.</value>
    public TurnOptions Turns { get; set; } = new();

    /// <summary>When the older part of a conversation is replaced by a summary. It is looked at when a user says something, before the model is called; if the summary cannot be made, that is logged and the call goes on without.</summary>
    /// <value>The default is null: never.</value>
    public CompactionPolicy? Compaction { get; set; }

    internal void Validate() => Problems().ThrowAsSettings();

    internal OptionProblems Problems() => new OptionProblems(nameof(PersistentChatOptions))
        .Identifier(UserId, nameof(UserId))
        .Identifier(Agent, nameof(Agent))
        .Set(Turns, nameof(Turns))
        .Include(Compaction?.Problems())
        .Range(HistoryWindow is >= 1 and <= 10_000, nameof(HistoryWindow), "1 to 10,000", HistoryWindow);

    internal PersistentChatOptions Snapshot() => (PersistentChatOptions)MemberwiseClone();
}
