using Holdfast.Logs;

namespace Holdfast;

/// <summary>A thread, folded from its tail.</summary>
/// <param name="Head">The head.</param>
/// <param name="State">The state at the head.</param>
/// <param name="Recent">The messages of the tail's entries, oldest first, without gaps up to the head.</param>
/// <param name="Weight">What the next keyframe depends on.</param>
internal sealed record TailFold(ThreadHead Head, ThreadState State, List<EntryMessages> Recent, TailWeight Weight)
{
    /// <summary>Folds a whole tail and verifies its chain.</summary>
    /// <exception cref="CorruptStateException">Entries are missing, changed or mixed up.</exception>
    public static TailFold Of(BodyPipeline bodies, ThreadTail tail)
    {
        var (head, entries) = (tail.Head, tail.Entries);
        var start = Math.Max(head.KeyframeVersion, head.FirstVersion);
        var first = entries.Count > 0 ? Math.Min(entries[0].Version, start) : start;
        var walk = new EntryWalk(bodies, head.Key) { Expected = first, NewestKeyframe = start, Chain = first == 1 ? ChainHash.Start : null };
        var fold = new Fold(head.KeyframeVersion);
        foreach (var entry in entries)
        {
            fold.Add(walk.Open(entry));
        }

        walk.ExpectEnd(head);
        return fold.Close(head);
    }

    /// <summary>Folds the entries that came after this, up to the new head. The state of this one is used up by it.</summary>
    /// <exception cref="CorruptStateException">The state does not agree with the head.</exception>
    public TailFold After(ThreadHead head, IEnumerable<OpenedEntry> newer)
    {
        var fold = new Fold(head.KeyframeVersion, this);
        foreach (var entry in newer)
        {
            fold.Add(entry);
        }

        return fold.Close(head);
    }

    // Mutates the state that it begins with.
    private sealed class Fold(long keyframe, TailFold? before = null)
    {
        private readonly List<EntryMessages> _recent = [.. before?.Recent ?? []];
        private ThreadState _state = before?.State ?? new();
        private TailWeight _weight = before?.Weight ?? default;

        public void Add(OpenedEntry opened)
        {
            _recent.Add(new(opened.Version, opened.Body.Change.Messages));
            if (opened.Version == keyframe)
            {
                _state = opened.Body.State ?? throw new CorruptStateException(opened.Entry.Key, keyframe, "the head says that it is a keyframe, and it has no state.");
                _weight = new(0, 0, CommitBodyWriter.KeyframeSize(_state));
            }
            else if (opened.Version > keyframe)
            {
                _state.Apply(opened.Entry, opened.Body.Change);
                _weight = _weight.With(opened.PlainBytes);
            }
        }

        public TailFold Close(ThreadHead head)
            => _state.DisagreementWith(head) is { } what
                ? throw new CorruptStateException(head.Key, 0, what)
                : new(head, _state, _recent, _weight);
    }
}
