namespace Holdfast.Logs;

/// <summary>The storage contract: an append-only log of entries for each thread, with a head beside it.</summary>
/// <remarks>
/// <para>
/// Thread safe: any number of callers may use one instance. Every failure is an <see cref="AgentStateException"/>: a log never answers
/// "not there" if it could not look. <see cref="StoreUnavailableException.OutcomeUnknown"/> tells whether a failed append may yet
/// stand in the log; repeating the same request settles it.
/// </para>
/// <para>
/// A log does not judge expiry: it returns expired and deleted threads like others (unless <see cref="Capabilities"/> has
/// <see cref="LogCapabilities.NativeExpiry"/>, when those that expired more than a day ago may be gone), and its callers decide.
/// Instants are kept to the millisecond.
/// </para>
/// <para>
/// Disposing twice does no harm, and disposing during appends loses nothing that was acknowledged. A durable log that was disposed of
/// answers every call with an <see cref="ObjectDisposedException"/>.
/// </para>
/// <para>The conformance kit in <c>Holdfast.Testing</c> checks every clause.</para>
/// </remarks>
public interface ICommitLog : IAsyncDisposable, IDisposable
{
    /// <summary>What this log can do beyond the contract.</summary>
    LogCapabilities Capabilities { get; }

    /// <summary>What the log stores into, for people: never a secret.</summary>
    /// <remarks>Logs that store into different places say different things, apart from what stands in brackets at the end: settings and versions, which may change. An archive knows by it whose its threads are.</remarks>
    string Description { get; }

    /// <summary>Appends an entry and replaces the head, both or neither.</summary>
    /// <remarks>
    /// <para>
    /// Written only if the thread's version is one less than the entry's and its chain hash is <see cref="AppendRequest.After"/>; where the entry
    /// <see cref="AppendRequest.Begins"/> the thread, only if there is none. When this
    /// returns <see cref="AppendOutcome.Appended"/> the entry is as durable as the log was configured to be.
    /// An entry that stands is never overwritten. Repeating a request is safe: it answers <see cref="AppendOutcome.Duplicate"/>
    /// when the same commit id stands at that version of the same life, no matter what was appended after it. A begin whose life was kept as a trunk is refused while the
    /// trunk is there (<see cref="AppendRules.TrunkInTheWay"/>): a life exists once. <see cref="AppendRules"/> decides for every log.
    /// </para>
    /// <para>Cancellation is honoured only while nothing was sent: after that the true outcome is reported.</para>
    /// </remarks>
    /// <exception cref="ArgumentException">The request contradicts itself (<see cref="AppendRules.Check"/>).</exception>
    /// <exception cref="StoreUnavailableException">The backend could not be reached, refused the call, or did not answer in time.</exception>
    /// <exception cref="StateTooLargeException">The entry is larger than the backend can hold.</exception>
    /// <exception cref="CorruptStateException">The stored thread is damaged, so nothing can be appended to it.</exception>
    /// <exception cref="StateConfigurationException">A backend that removes expired threads itself would remove the thread at once, because its clock and the writer's differ. Nothing was written.</exception>
    ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default);

    /// <summary>Reads the head and the newest entries, as one consistent picture, in one round trip as far as the backend allows.</summary>
    /// <returns>
    /// The head with every entry from the last keyframe (from the first entry, if there is no keyframe) on, or what <see cref="TailRequest.Since"/> asks for;
    /// null if there is no such thread, or it has another life than the one that was asked for.
    /// </returns>
    ValueTask<ThreadTail?> ReadTailAsync(TailRequest request, CancellationToken cancellationToken = default);

    /// <summary>Reads entries by version; versions that are not there are left out.</summary>
    /// <remarks>
    /// Streamed: a long thread is not held in memory. Entries appended meanwhile may or may not be seen; entries of two lives are never mixed.
    /// Every entry that is whole and comes before a damaged one is returned, and only then the damage is told.
    /// </remarks>
    /// <exception cref="CorruptStateException">The entry with <see cref="CorruptStateException.Version"/> is damaged. Reading can continue after it.</exception>
    IAsyncEnumerable<LogEntry> ReadAsync(ReadRequest request, CancellationToken cancellationToken = default);

    /// <summary>Reads the head of a thread; null if there is no such thread.</summary>
    ValueTask<ThreadHead?> GetHeadAsync(HeadRequest request, CancellationToken cancellationToken = default);

    /// <summary>Finds threads, a page at a time, by an index: never by reading entries.</summary>
    /// <remarks>
    /// With <see cref="ThreadOrder.Id"/>, following the pages meets every thread that exists throughout exactly once, whatever is written meanwhile.
    /// With <see cref="ThreadOrder.RecentlyUpdated"/> no thread is met twice, but one that is written meanwhile may be missed.
    /// </remarks>
    ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default);

    /// <summary>Changes what maintenance owns of a head: when the thread expires, its properties, its pins, its heartbeat. The version and the chain stay.</summary>
    /// <remarks>All or nothing. An update without any change is allowed and answers with the head.</remarks>
    /// <returns>The head after the update (without <see cref="ThreadHead.Pins"/>); null if there is no such thread, or a condition of the update does not hold.</returns>
    /// <exception cref="ArgumentException">A pin keeps no versions (<see cref="HeadRules.Check"/>).</exception>
    /// <exception cref="StateConfigurationException">The new expiry is past by the clock of a backend that removes expired threads itself. Nothing was changed.</exception>
    ValueTask<ThreadHead?> UpdateHeadAsync(HeadUpdate update, CancellationToken cancellationToken = default);

    /// <summary>Replaces the bodies of entries (redaction) and drops the oldest ones.</summary>
    /// <remarks>
    /// All or nothing. Versions, commit ids, times and body hashes stay; <see cref="LogEntry.RewrittenHash"/> is set, and the head's
    /// <see cref="ThreadHead.Revision"/> goes up by one. The newest keyframe and what follows it are never touched. The log does not ask for pins: its callers do.
    /// </remarks>
    /// <returns>Whether it was done: there is such a thread, and <see cref="RewriteRequest.IfUnchanged"/> holds.</returns>
    /// <exception cref="ArgumentException">A version is not there, or is the newest keyframe or later, or the lowest version that would be left is not a keyframe (<see cref="RewriteRules.Check"/>).</exception>
    ValueTask<bool> RewriteAsync(RewriteRequest request, CancellationToken cancellationToken = default);

    /// <summary>Removes a whole thread, at once and for good, or renames it to a trunk.</summary>
    /// <returns>Whether it was done: there was such a thread, and <see cref="EraseRequest.IfUnchanged"/> held.</returns>
    /// <exception cref="ArgumentException">A thread that is not of the space of threads was to be kept as a trunk.</exception>
    ValueTask<bool> EraseAsync(EraseRequest request, CancellationToken cancellationToken = default);

    /// <summary>Finds what this log, or one that it wraps, can do beyond the contract: <see cref="IReportsWarnings"/>, <see cref="IGivesAdvice"/>, <see cref="IServerClock"/>.</summary>
    /// <returns>The service; null if none of them has it.</returns>
    T? GetService<T>()
        where T : class
        => this as T;

    /// <summary>Does what <see cref="IAsyncDisposable.DisposeAsync"/> does and blocks until it is done, for containers that are disposed of without <c>await</c>.</summary>
    void IDisposable.Dispose()
    {
        DisposeAsync().AsTask().GetAwaiter().GetResult();
        GC.SuppressFinalize(this);
    }
}
