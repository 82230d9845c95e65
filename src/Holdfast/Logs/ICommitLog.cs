namespace Holdfast.Logs;

/// <summary>The storage contract: an append-only log of entries for each thread, with a head beside it.</summary>
/// <remarks>
/// <para>
/// Thread safe: any number of callers may use one instance. Every failure is an <see cref="AgentStateException"/>: a log never answers
/// "not there" when it could not look. <see cref="StoreUnavailableException.OutcomeUnknown"/> tells whether a failed append may yet
/// stand in the log; repeating the same request settles it.
/// </para>
/// <para>
/// A log does not judge time: it returns expired and deleted threads like others (unless <see cref="Capabilities"/> has
/// <see cref="LogCapabilities.NativeExpiry"/>, when expired ones may be gone), and its callers decide.
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
    string Description { get; }

    /// <summary>Appends an entry and replaces the head, both or neither.</summary>
    /// <remarks>
    /// <para>
    /// Written only if the thread's version is one less than the entry's and its chain hash is <see cref="AppendRequest.After"/>. When this
    /// returns <see cref="AppendOutcome.Appended"/> the entry is as durable as the log was configured to be.
    /// An entry that stands is never overwritten. Repeating a request is safe: it answers <see cref="AppendOutcome.Duplicate"/>
    /// when the same commit id stands at that version, whatever was appended after it.
    /// </para>
    /// <para>Cancellation is honoured only while nothing was sent: after that the true outcome is reported.</para>
    /// </remarks>
    /// <exception cref="StoreUnavailableException">The backend could not be reached, refused, or did not answer in time.</exception>
    /// <exception cref="StateTooLargeException">The entry is larger than the backend can hold.</exception>
    /// <exception cref="CorruptStateException">The stored thread is damaged, so nothing can be appended to it.</exception>
    ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken = default);

    /// <summary>Reads the head and the newest entries in one round trip.</summary>
    /// <param name="key">The thread.</param>
    /// <param name="minimumEntries">How many entries are wanted at least (as far as there are so many); 0 for those from the last keyframe on only.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The head with every entry from the last keyframe (from the first entry, if there is no keyframe) on; null if there is no such thread.</returns>
    ValueTask<ThreadTail?> ReadTailAsync(ThreadKey key, int minimumEntries = 0, CancellationToken cancellationToken = default);

    /// <summary>Reads the entries with versions from <paramref name="from"/> to <paramref name="to"/>, both included; versions that are not there are left out.</summary>
    /// <remarks>Streamed: a long thread is not held in memory. Entries appended meanwhile may or may not be seen.</remarks>
    IAsyncEnumerable<LogEntry> ReadAsync(
        ThreadKey key, long from = 1, long to = long.MaxValue, ReadDirection direction = ReadDirection.Forward, CancellationToken cancellationToken = default);

    /// <summary>Reads the head of a thread; null if there is no such thread.</summary>
    ValueTask<ThreadHead?> GetHeadAsync(ThreadKey key, CancellationToken cancellationToken = default);

    /// <summary>Finds threads, a page at a time, by an index: never by reading entries.</summary>
    /// <remarks>
    /// With <see cref="ThreadOrder.Id"/>, following the pages meets every thread that exists throughout exactly once, whatever is written meanwhile.
    /// With <see cref="ThreadOrder.RecentlyUpdated"/> no thread is met twice, but one that is written meanwhile may be missed.
    /// </remarks>
    ValueTask<HeadPage> ListAsync(HeadQuery query, CancellationToken cancellationToken = default);

    /// <summary>Changes when a thread expires; its version stays. A null instant means never.</summary>
    /// <returns>Whether there is such a thread.</returns>
    ValueTask<bool> SetExpiryAsync(ThreadKey key, DateTimeOffset? expiresAt, CancellationToken cancellationToken = default);

    /// <summary>Replaces the bodies of entries (redaction) and drops the oldest ones.</summary>
    /// <remarks>
    /// All or nothing. Versions, commit ids, times and body hashes stay; <see cref="LogEntry.IsRewritten"/> is set. The newest keyframe and what
    /// follows it are never touched.
    /// </remarks>
    /// <param name="key">The thread.</param>
    /// <param name="replacements">New bodies by version.</param>
    /// <param name="dropBelow">Entries with a lower version are removed; 0 to keep all.</param>
    /// <param name="cancellationToken">Cancels the call before anything was written.</param>
    /// <returns>Whether there is such a thread.</returns>
    /// <exception cref="ArgumentException">A version is not there, or is the newest keyframe or later (or <paramref name="dropBelow"/> is past it).</exception>
    ValueTask<bool> RewriteAsync(
        ThreadKey key, IReadOnlyDictionary<long, ReadOnlyMemory<byte>> replacements, long dropBelow = 0, CancellationToken cancellationToken = default);

    /// <summary>Removes a whole thread, at once and for good.</summary>
    /// <param name="key">The thread.</param>
    /// <param name="ifUnchanged">When given, the thread is removed only if its stored chain hash and expiry still are those of this head.</param>
    /// <param name="cancellationToken">Cancels the call before anything was removed.</param>
    /// <returns>Whether a thread was removed.</returns>
    ValueTask<bool> EraseAsync(ThreadKey key, ThreadHead? ifUnchanged = null, CancellationToken cancellationToken = default);

    /// <summary>Does what <see cref="IAsyncDisposable.DisposeAsync"/> does and blocks until it is done, for containers that are disposed of without <c>await</c>.</summary>
    void IDisposable.Dispose()
    {
        DisposeAsync().AsTask().GetAwaiter().GetResult();
        GC.SuppressFinalize(this);
    }
}
