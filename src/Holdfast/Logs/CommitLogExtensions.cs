namespace Holdfast.Logs;

/// <summary>Short forms of the calls of a log.</summary>
public static class CommitLogExtensions
{
    /// <summary>Reads the head of a thread, without its pins; null if there is no such thread.</summary>
    public static ValueTask<ThreadHead?> GetHeadAsync(this ICommitLog log, ThreadKey key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(log);
        return log.GetHeadAsync(new HeadRequest { Key = key }, cancellationToken);
    }

    /// <summary>Reads the head and the newest entries.</summary>
    /// <param name="log">The log.</param>
    /// <param name="key">The thread.</param>
    /// <param name="minimumEntries">The least number of entries to read; 0 for those from the last keyframe on only.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public static ValueTask<ThreadTail?> ReadTailAsync(this ICommitLog log, ThreadKey key, int minimumEntries = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(log);
        return log.ReadTailAsync(new TailRequest { Key = key, MinimumEntries = minimumEntries }, cancellationToken);
    }

    /// <summary>Reads the entries with versions from <paramref name="from"/> to <paramref name="to"/>, both included.</summary>
    public static IAsyncEnumerable<LogEntry> ReadAsync(
        this ICommitLog log,
        ThreadKey key,
        long from = 1,
        long to = long.MaxValue,
        ReadDirection direction = ReadDirection.Forward,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(log);
        return log.ReadAsync(new ReadRequest { Key = key, From = from, To = to, Direction = direction }, cancellationToken);
    }

    /// <summary>Lists every head that a query asks for, page after page as they are enumerated.</summary>
    public static IAsyncEnumerable<ThreadHead> ListAllAsync(this ICommitLog log, HeadQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(log);
        ArgumentNullException.ThrowIfNull(query);
        return log.ListAllAsync(query, static (_, _) => { }, cancellationToken);
    }

    /// <summary>The same, and tells which threads had to be left out, because their heads are damaged or of a newer format: nobody knows what else is true of them, and sometimes not even their ids.</summary>
    internal static async IAsyncEnumerable<ThreadHead> ListAllAsync(
        this ICommitLog log, HeadQuery query, Action<ThreadKey, AgentStateException> leftOut, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        do
        {
            var page = await log.ListAsync(query, cancellationToken).ConfigureAwait(false);
            foreach (var problem in page.LeftOut)
            {
                leftOut((problem as CorruptStateException)?.Key ?? default, problem);
            }

            foreach (var head in page.Heads)
            {
                yield return head;
            }

            query = query with { Filter = query.Filter with { Continuation = page.Continuation } };
        }
        while (query.Filter.Continuation is not null);
    }

    /// <summary>Changes when a thread expires; null for never.</summary>
    /// <returns>Whether there is such a thread.</returns>
    public static async ValueTask<bool> SetExpiryAsync(this ICommitLog log, ThreadKey key, DateTimeOffset? expiresAt, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(log);
        return await log.UpdateHeadAsync(new() { Key = key, Expiry = new(expiresAt) }, cancellationToken).ConfigureAwait(false) is not null;
    }

    /// <summary>Replaces bodies, by version, and drops the entries below a version.</summary>
    /// <returns>Whether there is such a thread.</returns>
    public static ValueTask<bool> RewriteAsync(
        this ICommitLog log, ThreadKey key, IReadOnlyDictionary<long, ReadOnlyMemory<byte>> replacements, long dropBelow = 0, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(log);
        return log.RewriteAsync(new RewriteRequest { Key = key, Replacements = replacements, DropBelow = dropBelow }, cancellationToken);
    }

    /// <summary>Removes a whole thread, at once and for good.</summary>
    /// <param name="log">The log.</param>
    /// <param name="key">The thread.</param>
    /// <param name="ifUnchanged">When given, the thread is removed only if neither commits nor maintenance changed it since this head.</param>
    /// <param name="cancellationToken">Cancels the call before anything was removed.</param>
    /// <returns>Whether a thread was removed.</returns>
    public static ValueTask<bool> EraseAsync(this ICommitLog log, ThreadKey key, ThreadHead? ifUnchanged = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(log);
        return log.EraseAsync(new EraseRequest { Key = key, IfUnchanged = ifUnchanged?.Stamp }, cancellationToken);
    }
}
