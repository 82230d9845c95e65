using System.Runtime.CompilerServices;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>The commits that a thread shows, by version: its own, and those of the threads that it was forked from, which are read where they stand.</summary>
/// <param name="log">Where the thread's own are read.</param>
/// <param name="others">Where those of its origins are read: whoever may read the fork may read what it shows of them.</param>
/// <param name="bodies">How bodies are opened.</param>
/// <param name="key">The thread.</param>
/// <param name="head">Its head; null for a new thread, or where it cannot be read.</param>
/// <param name="origins">Its origins.</param>
internal sealed class ThreadEntries(ICommitLog log, ICommitLog others, BodyPipeline bodies, ThreadKey key, ThreadHead? head, IReadOnlyList<Origin> origins)
{
    /// <summary>The oldest version that is the thread's own and there.</summary>
    public long FirstVersion { get; } = Math.Max(head?.FirstVersion ?? 1, origins.Count > 0 ? origins[^1].To + 1 : 1);

    /// <summary>The lowest version of a range that is not there; null if all are.</summary>
    public long? FirstMissing(long from, long to)
    {
        foreach (var part in Parts(from, to))
        {
            if (part.From > from)
            {
                return from;
            }

            from = part.To + 1;
        }

        return from <= to ? from : null;
    }

    /// <summary>The commits of a range of versions that are there; those that are not there are left out, those whose body was dropped say so (<see cref="CommitBody.IsDropped"/>).</summary>
    /// <exception cref="HistoryDroppedException">A thread that this one was forked from is not there any more.</exception>
    /// <exception cref="CorruptStateException">A commit is damaged or missing.</exception>
    public async IAsyncEnumerable<OpenedEntry> ReadAsync(long from, long to, ReadDirection direction, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var parts = Parts(from, to);
        foreach (var part in direction == ReadDirection.Forward ? parts : parts.Reverse())
        {
            var entries = part.Origin is { } origin ? OfOriginAsync(origin, part.From, part.To, direction, cancellationToken) : OwnAsync(part.From, part.To, direction, cancellationToken);
            await foreach (var entry in entries.ConfigureAwait(false))
            {
                yield return entry;
            }
        }
    }

    // The parts of a range that are there, in their order.
    private IEnumerable<(long From, long To, Origin? Origin)> Parts(long from, long to)
    {
        foreach (var origin in origins)
        {
            if (Math.Max(from, origin.From) is var first && Math.Min(to, origin.To) is var last && first <= last)
            {
                yield return (first, last, origin);
            }
        }

        if (Math.Max(from, FirstVersion) is var own && own <= to)
        {
            yield return (own, to, null);
        }
    }

    private IAsyncEnumerable<OpenedEntry> OwnAsync(long from, long to, ReadDirection direction, CancellationToken cancellationToken)
        => ReadAsync(log, key, head?.Life, from, to, direction, cancellationToken);

    // The thread may become a trunk while it is read: what is missing then is read there.
    private async IAsyncEnumerable<OpenedEntry> OfOriginAsync(Origin origin, long from, long to, ReadDirection direction, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var place in origin.PlacesFor(key))
        {
            var entries = ReadAsync(others, place, origin.Life, from, to, direction, cancellationToken).GetAsyncEnumerator(cancellationToken);
            await using var disposal = entries.ConfigureAwait(false);
            while (true)
            {
                try
                {
                    if (!await entries.MoveNextAsync().ConfigureAwait(false))
                    {
                        yield break;
                    }
                }
                catch (ThreadNotFoundException)
                {
                    break;
                }

                var entry = entries.Current;
                (from, to) = direction == ReadDirection.Forward ? (entry.Version + 1, to) : (from, entry.Version - 1);
                yield return entry;
            }
        }

        throw new HistoryDroppedException(
            key, direction == ReadDirection.Forward ? from : to, FirstVersion, $"Versions {from} to {to} of thread '{key}' are those of thread '{origin.KeyFor(key)}', which it was forked from, and which is not there any more.");
    }

    private IAsyncEnumerable<OpenedEntry> ReadAsync(ICommitLog from, ThreadKey place, CommitId? life, long first, long last, ReadDirection direction, CancellationToken cancellationToken)
    {
        var isForward = direction == ReadDirection.Forward;
        var walk = new EntryWalk(bodies, place) { Expected = isForward ? first : last, Direction = direction, AllowsDropped = true };
        return walk.ReadAsync(from, new() { Key = place, From = first, To = last, Life = life }, isForward ? last : first, cancellationToken);
    }
}
