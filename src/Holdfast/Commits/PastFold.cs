using Holdfast.Logs;

namespace Holdfast;

/// <summary>Folds a thread as it was at an earlier version.</summary>
internal static class PastFold
{
    /// <summary>Reads back from a version to the keyframe before it, and folds forward again.</summary>
    /// <exception cref="CorruptStateException">Entries are missing or changed.</exception>
    public static async ValueTask<(ThreadState State, IReadOnlyList<EntryMessages> Recent)> AtAsync(
        ICommitLog log, ThreadKey key, long version, CancellationToken cancellationToken)
    {
        var entries = new Stack<LogEntry>();
        await foreach (var entry in log.ReadAsync(key, 1, version, ReadDirection.Backward, cancellationToken).ConfigureAwait(false))
        {
            if (entry.Version != version - entries.Count)
            {
                throw new CorruptStateException(key, version - entries.Count, $"the entry is missing; version {entry.Version} came instead.");
            }

            entries.Push(entry);
            if (entry.IsKeyframe)
            {
                break;
            }
        }

        if (!entries.TryPeek(out var first) || (first.Version != 1 && !first.IsKeyframe))
        {
            throw new CorruptStateException(key, version - entries.Count, "the entry is missing: it, or what is before it, was dropped.");
        }

        var state = new ThreadState();
        var recent = new List<EntryMessages>(entries.Count);
        foreach (var entry in entries)
        {
            var body = CommitBodyReader.Read(entry);
            recent.Add(new(entry.Version, body.Messages));
            if (entry.IsKeyframe && entry == first)
            {
                state = body.State ?? throw new CorruptStateException(key, entry.Version, "the keyframe has no state.");
            }
            else
            {
                state.Apply(entry, body);
            }
        }

        return (state, recent);
    }
}
