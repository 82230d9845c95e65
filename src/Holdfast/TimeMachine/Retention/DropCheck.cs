using Holdfast.Logs;

namespace Holdfast;

/// <summary>Reads a thread, once, before anything of it is dropped: whether it is whole, and which of its versions are young.</summary>
/// <remarks>What is dropped cannot be read again, so nothing is dropped of a thread that is damaged: what is left may be all that tells what is wrong.</remarks>
internal sealed class DropCheck(StoreContext store, ThreadKey key)
{
    private readonly List<VersionRange> _young = [];
    private CommitId? _life;
    private long _version;

    /// <summary>Finds the lowest version of what would be dropped that is younger than a time.</summary>
    /// <param name="head">The thread.</param>
    /// <param name="dropped">What would be dropped, lowest first; something.</param>
    /// <param name="since">The time.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <exception cref="CorruptStateException">The thread is damaged.</exception>
    /// <exception cref="CommitConflictException">Others have trimmed, redacted or erased it meanwhile, so that it cannot be said.</exception>
    public async ValueTask<long?> FirstYoungAsync(ThreadHead head, IReadOnlyList<VersionRange> dropped, DateTimeOffset since, CancellationToken cancellationToken)
    {
        // What was read stays so: nothing is written there any more.
        if (_life != head.Life || dropped[^1].To > _version)
        {
            await ReadAsync(head, since, cancellationToken).ConfigureAwait(false);
        }

        var young = from range in dropped from other in _young where other.To >= range.From && other.From <= range.To select Math.Max(range.From, other.From);
        return young.Select(version => (long?)version).FirstOrDefault();
    }

    private async ValueTask ReadAsync(ThreadHead head, DateTimeOffset since, CancellationToken cancellationToken)
    {
        _young.Clear();
        var report = await new ThreadVerifier(store.Bodies, key, head) { Seen = Note }.VerifyAsync(store.Calls, null, cancellationToken).ConfigureAwait(false);
        if (report.Problems is [var problem, ..])
        {
            throw await Maintenance.HasChangedAsync(store, head, cancellationToken).ConfigureAwait(false)
                ? new CommitConflictException(key, head.Version, head.Version, "the thread was changed by others while it was read to be trimmed")
                : new CorruptStateException(key, problem.Version, $"nothing was dropped, because the thread is damaged: {problem.What}");
        }

        (_life, _version) = (head.Life, head.Version);

        void Note(LogEntry entry)
        {
            if (entry.At <= since)
            {
                return;
            }

            if (_young is [.., var last] && entry.Version == last.To + 1)
            {
                _young[^1] = last with { To = entry.Version };
            }
            else
            {
                _young.Add(new(entry.Version, entry.Version));
            }
        }
    }
}
