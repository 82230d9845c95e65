using Holdfast.Logs;

namespace Holdfast;

/// <summary>What forks show of a thread, as a trunk: without the versions after it.</summary>
internal static class OriginPart
{
    /// <summary>The entries of the trunk that a fork takes along.</summary>
    /// <param name="source">The store that has the thread.</param>
    /// <param name="head">The thread, or the trunk that was kept of it; that is taken as it is, since nothing is left of it but what forks show.</param>
    /// <param name="from">The lowest version that is shown.</param>
    /// <param name="to">The highest one.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public static async ValueTask<EntrySource> OfAsync(StoreContext source, ThreadHead head, long from, long to, CancellationToken cancellationToken)
        => head.Key.Space == ThreadSpace.Trunks
            ? new LogSource(source.Unguarded, head with { Pins = null })
            : new RekeyedSource(source.Unguarded, head.Key, await HeadAsync(source, head, from, to, cancellationToken).ConfigureAwait(false));

    // The head of a trunk that ends where the newest fork begins. It can be added to, when another fork that shows more is copied.
    private static async ValueTask<ThreadHead> HeadAsync(StoreContext source, ThreadHead head, long from, long to, CancellationToken cancellationToken)
    {
        var chain = await PastFold.ChainAtAsync(source.Unguarded, source.Bodies, head, to, cancellationToken).ConfigureAwait(false);
        return head with
        {
            Key = ThreadKey.Trunk(head.Key, head.Life),
            FirstVersion = Math.Max(await KeyframeAsync(from).ConfigureAwait(false), head.FirstVersion),
            Version = to,
            KeyframeVersion = await KeyframeAsync(to).ConfigureAwait(false),
            ChainHash = chain,
            Agent = null,
            Status = ThreadStatus.Idle,
            Metadata = ThreadHead.EmptyMetadata,
            MessageCount = 0,
            UpdatedAt = await TimeAsync(source, head, to, cancellationToken).ConfigureAwait(false),
            ExpiresAt = null,
            DeletedAt = null,
            DueAt = null,
            Terms = [],
            Pins = null,
            Properties = new Dictionary<string, string> { [HeadProperties.Closed] = "1" },
        };

        // The newest keyframe up to a version; 0 if there is none.
        ValueTask<long> KeyframeAsync(long version) => KeyframeSearch.FindAsync(source.Unguarded, source.Bodies, head, head.FirstVersion, version, cancellationToken);
    }

    private static async ValueTask<DateTimeOffset> TimeAsync(StoreContext source, ThreadHead head, long version, CancellationToken cancellationToken)
    {
        await foreach (var entry in source.Unguarded.ReadAsync(new ReadRequest { Key = head.Key, From = version, To = version, Life = head.Life }, cancellationToken).ConfigureAwait(false))
        {
            return entry.At;
        }

        throw new ThreadNotFoundException(head.Key);
    }
}
