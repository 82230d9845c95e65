using Holdfast.Logs;

namespace Holdfast;

/// <summary>A thread, folded from its tail.</summary>
/// <param name="Head">The head.</param>
/// <param name="State">The state at the head.</param>
/// <param name="Recent">The messages of the tail's entries, oldest first, without gaps up to the head.</param>
/// <param name="BytesSinceKeyframe">The size of the bodies after the last keyframe.</param>
internal sealed record TailFold(ThreadHead Head, ThreadState State, IReadOnlyList<EntryMessages> Recent, long BytesSinceKeyframe)
{
    /// <summary>Folds a tail and verifies its chain.</summary>
    /// <exception cref="CorruptStateException">Entries are missing, changed or mixed up.</exception>
    public static TailFold Of(ThreadTail tail)
    {
        var (head, entries) = (tail.Head, tail.Entries);
        var start = Math.Max(head.KeyframeVersion, 1);
        var recent = new List<EntryMessages>(entries.Count);
        var state = new ThreadState();
        var chain = ChainHash.Start;
        long bytes = 0;
        var expected = entries.Count == 0 ? 0 : entries[0].Version;
        if (expected == 0 || expected > start)
        {
            throw new CorruptStateException(head.Key, start, "the entry that a load begins with is missing.");
        }

        foreach (var entry in entries)
        {
            if (entry.Version != expected++)
            {
                throw new CorruptStateException(head.Key, expected - 1, $"the entry is missing; version {entry.Version} came instead.");
            }

            if (entry.Key != head.Key)
            {
                throw new CorruptStateException(head.Key, entry.Version, $"the entry is one of thread '{entry.Key}'.");
            }

            var body = CommitBodyReader.Read(entry);
            recent.Add(new(entry.Version, body.Messages));
            if (entry.Version < start)
            {
                continue;
            }

            if (entry.Version == head.KeyframeVersion)
            {
                state = body.State ?? throw new CorruptStateException(head.Key, entry.Version, "the keyframe has no state.");
                chain = body.ChainBefore ?? throw new CorruptStateException(head.Key, entry.Version, "the keyframe has no chain hash.");
            }
            else
            {
                state.Apply(entry, body);
                bytes += entry.Body.Length;
            }

            chain = ChainHash.Next(chain, entry);
        }

        if (expected - 1 != head.Version || chain != head.ChainHash)
        {
            throw new CorruptStateException(
                head.Key, head.Version, $"the entries end at version {expected - 1} with chain hash {chain}; the head says {head.Version} and {head.ChainHash}.");
        }

        return state.DisagreementWith(head) is { } what
            ? throw new CorruptStateException(head.Key, 0, what)
            : new(head, state, recent, bytes);
    }
}
