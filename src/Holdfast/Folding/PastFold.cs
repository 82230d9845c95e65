using Holdfast.Logs;

namespace Holdfast;

/// <summary>Folds a thread as it was at an earlier version.</summary>
internal static class PastFold
{
    /// <summary>Reads back from a version to the keyframe before it, and folds forward again.</summary>
    /// <param name="log">The log.</param>
    /// <param name="bodies">How bodies are opened.</param>
    /// <param name="key">The thread.</param>
    /// <param name="version">The version.</param>
    /// <param name="head">The head of the thread; null where it cannot be read.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="CorruptStateException">Entries are missing or changed.</exception>
    /// <exception cref="HistoryDroppedException">What the version is folded from was dropped.</exception>
    /// <exception cref="ThreadNotFoundException">The thread was erased since its head was read.</exception>
    public static async ValueTask<(ThreadState State, List<EntryMessages> Recent, Digest Chain)> AtAsync(
        ICommitLog log, BodyPipeline bodies, ThreadKey key, long version, ThreadHead? head, CancellationToken cancellationToken)
    {
        var entries = await BackAsync(log, bodies, key, version, head, allowsDropped: false, cancellationToken).ConfigureAwait(false);
        var first = entries.Peek();
        var state = first.Body.State ?? new();
        var recent = new List<EntryMessages>(entries.Count);
        var chain = first.Body.ChainBefore ?? ChainHash.Start;
        foreach (var opened in entries)
        {
            chain = ChainHash.Next(chain, opened.Entry);
            recent.Add(new(opened.Version, opened.Body.Change.Messages));
            if (opened.Body.State != state)
            {
                state.Apply(opened.Entry, opened.Body.Change);
            }
        }

        return (state, recent, chain);
    }

    /// <summary>The chain hash of a version, which need not be one that can be folded still.</summary>
    /// <exception cref="CorruptStateException">Entries are missing or changed.</exception>
    /// <exception cref="HistoryDroppedException">The version is before the oldest one that is there.</exception>
    public static async ValueTask<Digest> ChainAtAsync(ICommitLog log, BodyPipeline bodies, ThreadHead head, long version, CancellationToken cancellationToken)
    {
        var entries = await BackAsync(log, bodies, head.Key, version, head, allowsDropped: true, cancellationToken).ConfigureAwait(false);
        return entries.Aggregate(entries.Peek().Body.ChainBefore ?? ChainHash.Start, (chain, opened) => ChainHash.Next(chain, opened.Entry));
    }

    // From a version back to where its state, and the chain before it, are known; that entry is on top.
    private static async ValueTask<Stack<OpenedEntry>> BackAsync(
        ICommitLog log, BodyPipeline bodies, ThreadKey key, long version, ThreadHead? head, bool allowsDropped, CancellationToken cancellationToken)
    {
        if (version < head?.FirstVersion)
        {
            throw new HistoryDroppedException(key, version, head.FirstVersion, HeadProperties.TrimmedAt(head));
        }

        var entries = new Stack<OpenedEntry>();
        var walk = new EntryWalk(bodies, key)
        {
            Expected = version,
            Direction = ReadDirection.Backward,
            NewestKeyframe = head?.KeyframeVersion is > 0 and var newest ? newest : null,
            AllowsDropped = true,
        };
        await foreach (var opened in walk.ReadAsync(log, new() { Key = key, To = version, Life = head?.Life }, null, cancellationToken).ConfigureAwait(false))
        {
            if (opened.Body.IsDropped && !allowsDropped)
            {
                throw HistoryDroppedException.Between(key, version, head?.FirstVersion ?? 0, HeadProperties.TrimmedAt(head));
            }

            entries.Push(opened);
            if (opened.Body.State is not null)
            {
                break;
            }
        }

        if (entries.TryPeek(out var first) && (first.Version == 1 || first.Body.State is not null))
        {
            return entries;
        }

        var missing = new CorruptStateException(key, version - entries.Count, "the entry is missing.");
        await walk.RefuseIfDroppedAsync(log, head?.Life, version - entries.Count, missing, cancellationToken).ConfigureAwait(false);
        throw missing;
    }
}
