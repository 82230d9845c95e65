using System.Runtime.CompilerServices;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Reads the visible messages that are committed: those of the newest entries from memory, older ones from the log.</summary>
internal sealed class HistoryReader(ICommitLog log, ThreadKey key, VisibleHistory history, IReadOnlyList<EntryMessages> recent, long version)
{
    private readonly long _firstRecent = recent.Count > 0 ? recent[0].Version : version + 1;

    /// <summary>The messages, newest first; with <paramref name="before"/>, only those before that place.</summary>
    public async IAsyncEnumerable<LocatedMessage> BackwardAsync(
        LocatedMessage? before = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (var i = before?.Range ?? history.Ranges.Count - 1; i >= 0; i--)
        {
            var last = before is { } place && place.Range == i ? place.Version : long.MaxValue;
            await foreach (var entry in EntriesAsync(i, last, ReadDirection.Backward, cancellationToken).ConfigureAwait(false))
            {
                var (start, length) = history.Ranges[i].Of(entry.Version, entry.Messages.Count).GetOffsetAndLength(entry.Messages.Count);
                for (var index = start + length - 1; index >= start; index--)
                {
                    var message = new LocatedMessage(i, entry.Version, index, entry.Messages[index]);
                    if (before is not { } stop || stop.Range != i || message.IsBefore(stop))
                    {
                        yield return message;
                    }
                }
            }
        }
    }

    /// <summary>The messages, oldest first.</summary>
    public async IAsyncEnumerable<StoredMessage> ForwardAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (var i = 0; i < history.Ranges.Count; i++)
        {
            await foreach (var entry in EntriesAsync(i, long.MaxValue, ReadDirection.Forward, cancellationToken).ConfigureAwait(false))
            {
                var (start, length) = history.Ranges[i].Of(entry.Version, entry.Messages.Count).GetOffsetAndLength(entry.Messages.Count);
                for (var index = start; index < start + length; index++)
                {
                    yield return entry.Messages[index];
                }
            }
        }
    }

    private async IAsyncEnumerable<EntryMessages> EntriesAsync(
        int range, long notAfter, ReadDirection direction, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var from = history.Ranges[range].From;
        var to = Math.Min(Math.Min(history.Ranges[range].To ?? version, version), notAfter);
        var inMemory = recent.Where(entry => entry.Version >= from && entry.Version <= to);
        if (direction == ReadDirection.Backward)
        {
            foreach (var entry in inMemory.Reverse())
            {
                yield return entry;
            }
        }

        to = Math.Min(to, _firstRecent - 1);
        if (from <= to)
        {
            long? previous = null;
            await foreach (var entry in log.ReadAsync(key, from, to, direction, cancellationToken).ConfigureAwait(false))
            {
                RefuseGap(previous, entry.Version, direction);
                previous = entry.Version;
                if (entry.MessageCount > 0)
                {
                    yield return new(entry.Version, CommitBodyReader.Read(entry).Messages);
                }
            }
        }

        if (direction == ReadDirection.Forward)
        {
            foreach (var entry in recent.Where(entry => entry.Version >= from && entry.Version <= Math.Min(history.Ranges[range].To ?? version, version)))
            {
                yield return entry;
            }
        }
    }

    // The oldest entries may have been dropped for good; a hole between others is damage.
    private void RefuseGap(long? previous, long found, ReadDirection direction)
    {
        var expected = previous + (direction == ReadDirection.Forward ? 1 : -1);
        if (expected is { } missing && missing != found)
        {
            throw new CorruptStateException(key, missing, $"the entry is missing; version {found} came instead.");
        }
    }
}
