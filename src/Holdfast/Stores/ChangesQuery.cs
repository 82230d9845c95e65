namespace Holdfast;

/// <summary>Which changes of threads a feed tells, and how it finds them.</summary>
public sealed record ChangesQuery
{
    /// <summary>Which threads are told of: those that match after their change. Order, continuation, page size and times of update are the feed's own.</summary>
    /// <value>The default is all threads, deleted ones included.</value>
    public ThreadQuery Threads { get; init; } = new() { Deleted = DeletedFilter.Include };

    /// <summary>Where the feed begins: the position of a change that was worked off; <see cref="ChangesPosition.Beginning"/> for every thread that is there.</summary>
    /// <value>The default is null: only what changes after the feed has first looked.</value>
    public ChangesPosition? After { get; init; }

    /// <summary>How long to wait before listing again, if nothing was told of a change: 10 milliseconds to 1 hour. See <see cref="WatchOptions.PollInterval"/>.</summary>
    /// <value>The default is 1 second.</value>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How far each listing reaches back behind the one before, since the clocks of writers differ and indexes lag: 0 to 1 day.</summary>
    /// <remarks>What comes later than that is found by the next full pass.</remarks>
    /// <value>The default is 1 minute.</value>
    public TimeSpan Overlap { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How often the feed goes through all threads that were updated since a day before the last time, whatever their clocks said: 1 second to 7 days.</summary>
    /// <remarks>Within this time, and that of the pass itself, every change is told, but for threads that were copied or imported with an older time of update: a feed after <see cref="ChangesPosition.Beginning"/> tells of them.</remarks>
    /// <value>The default is 15 minutes.</value>
    public TimeSpan FullPassInterval { get; init; } = TimeSpan.FromMinutes(15);

    /// <inheritdoc cref="WatchOptions.MaxOutage"/>
    public TimeSpan MaxOutage { get; init; } = TimeSpan.FromMinutes(5);

    internal void Validate() => Problems().ThrowAsArgument("query");

    internal OptionProblems Problems() => new OptionProblems(nameof(ChangesQuery))
        .Set(Threads, nameof(Threads))
        .Include(Threads?.Problems())
        .Expect(
            Threads is null or { UpdatedSince: null, UpdatedBefore: null, Continuation: null },
            $"{nameof(ChangesQuery)}.{nameof(Threads)} cannot have times of update or a continuation: the feed sets them.")
        .Range(PollInterval >= FeedWait.ShortestPoll && PollInterval <= FeedWait.LongestPoll, nameof(PollInterval), "10 milliseconds to 1 hour", PollInterval)
        .Range(Overlap >= TimeSpan.Zero && Overlap <= TimeSpan.FromDays(1), nameof(Overlap), "0 to 1 day", Overlap)
        .Range(FullPassInterval >= TimeSpan.FromSeconds(1) && FullPassInterval <= TimeSpan.FromDays(7), nameof(FullPassInterval), "1 second to 7 days", FullPassInterval)
        .Range(MaxOutage >= TimeSpan.Zero, nameof(MaxOutage), "0 or more", MaxOutage);
}
