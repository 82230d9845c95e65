namespace Holdfast;

/// <summary>How a thread is watched.</summary>
public sealed record WatchOptions
{
    /// <summary>The position after which the watch begins, as an event or a state had it; <see cref="ThreadPosition.Beginning"/> for all that the thread has.</summary>
    /// <value>The default is null: only what is committed after the watch has first looked.</value>
    public ThreadPosition? After { get; init; }

    /// <summary>How long to wait before the thread is looked at again, if nothing was told of it: 10 milliseconds to 1 hour.</summary>
    /// <remarks>
    /// A commit through the same store is told at once, and so are those of other processes where the log tells of them; the interval then matters only for what a log fails to tell, and ten times as
    /// long is waited.
    /// </remarks>
    /// <value>The default is 1 second.</value>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>For how long a backend that fails is tried again before the watch gives up: 0 (not at all) to <see cref="TimeSpan.MaxValue"/>. The repetitions of a store (<see cref="RetryOptions"/>) come before that.</summary>
    /// <value>The default is 5 minutes.</value>
    public TimeSpan MaxOutage { get; init; } = TimeSpan.FromMinutes(5);

    internal void Validate() => Problems().ThrowAsArgument("options");

    internal OptionProblems Problems() => new OptionProblems(nameof(WatchOptions))
        .Range(After is null or { Version: >= 0 }, nameof(After), "a position with a version of 0 or more", After)
        .Range(PollInterval >= FeedWait.ShortestPoll && PollInterval <= FeedWait.LongestPoll, nameof(PollInterval), "10 milliseconds to 1 hour", PollInterval)
        .Range(MaxOutage >= TimeSpan.Zero, nameof(MaxOutage), "0 or more", MaxOutage);
}
