using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>How a turn is begun.</summary>
public sealed record TurnOptions
{
    /// <summary>The idempotency key: a turn that is begun again with the same key does not run again, and gives the recorded reply. 1 to 512 bytes of UTF-8.</summary>
    /// <value>The default is null: every call begins a new turn.</value>
    public string? Key { get; init; }

    /// <summary>What to do when another turn runs on the thread.</summary>
    /// <value>The default is <see cref="WhenBusy.Queue"/>.</value>
    public WhenBusy WhenBusy { get; init; }

    /// <summary>Who begins the turn, for the log of commits.</summary>
    /// <value>The default is null: nobody is named.</value>
    public string? By { get; init; }

    /// <summary>The user for whom the thread is opened; see <see cref="OpenOptions.UserId"/>.</summary>
    /// <value>The default is null.</value>
    public string? UserId { get; init; }

    /// <summary>The agent that takes charge of the thread.</summary>
    /// <value>The default is null: the agent stays.</value>
    public string? Agent { get; init; }

    /// <summary>When a turn that is submitted may begin at the earliest; a turn that is begun does not look at it.</summary>
    /// <value>The default is null: as soon as possible.</value>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>How long the thread is held without a sign of life before others may take the turn over: 1 s to 1 h.</summary>
    /// <value>The default is 60 seconds.</value>
    public TimeSpan Lease { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often the turn is begun at most, with those times that its process died: 1 to 100.</summary>
    /// <value>The default is 5.</value>
    public int MaxAttempts { get; init; } = 5;

    /// <summary>What becomes of tool calls that an earlier turn left without a result.</summary>
    /// <value>The default is <see cref="Repair.Answer"/>.</value>
    public Repair Repair { get; init; }

    /// <summary>How many of the last messages a model is sent: 1 to 10,000.</summary>
    /// <value>The default is 200.</value>
    public int HistoryWindow { get; init; } = 200;

    /// <summary>How many replies of a model a turn has at most, in all its attempts: 1 to 10,000. A model that goes on calling tools is not asked any more after that.</summary>
    /// <value>The default is 40.</value>
    public int MaxReplies { get; init; } = 40;

    /// <summary>Whether the model is told the message of the exception when a tool throws, so that it can try otherwise. Such messages may have secrets in them.</summary>
    /// <value>The default is false: it is told that the function failed. The message is recorded either way (<see cref="StepInfo.Error"/>).</value>
    public bool IncludeDetailedErrors { get; init; }

    /// <summary>Whether the tools of one reply run side by side. Their results then share commits.</summary>
    /// <value>The default is false: one after the other.</value>
    public bool ConcurrentTools { get; init; }

    /// <summary>Finds what is new of what is said, in the thread as it stands; null to look at the ids of messages only.</summary>
    internal Func<ThreadSession, CancellationToken, ValueTask<IReadOnlyList<ChatMessage>>>? Selects { get; init; }

    /// <summary>The turn to resume, or whose reply to give; null for what the key says.</summary>
    internal TurnId? Resumes { get; init; }

    /// <summary>Whether the caller is told of a turn that waits for others, rather than made to wait with it. What is said waits in the queue.</summary>
    internal bool ReturnsWhenAsked { get; init; }

    /// <summary>The turn of the parent thread that it works for; null for none.</summary>
    internal TurnId? Up { get; init; }

    internal void Validate() => Problems().ThrowAsArgument("options");

    internal OptionProblems Problems() => new OptionProblems(nameof(TurnOptions))
        .Identifier(Key, nameof(Key)).Identifier(By, nameof(By)).Identifier(UserId, nameof(UserId)).Identifier(Agent, nameof(Agent))
        .Range(Enum.IsDefined(WhenBusy), nameof(WhenBusy), "one of its values", WhenBusy)
        .Range(Enum.IsDefined(Repair), nameof(Repair), "one of its values", Repair)
        .Range(Lease >= TimeSpan.FromSeconds(1) && Lease <= TimeSpan.FromHours(1), nameof(Lease), "1 s to 1 h", Lease)
        .Range(MaxAttempts is >= 1 and <= 100, nameof(MaxAttempts), "1 to 100", MaxAttempts)
        .Range(HistoryWindow is >= 1 and <= 10_000, nameof(HistoryWindow), "1 to 10,000", HistoryWindow)
        .Range(MaxReplies is >= 1 and <= 10_000, nameof(MaxReplies), "1 to 10,000", MaxReplies);
}
