using System.Runtime.CompilerServices;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Reads the visible messages that are committed: those of the newest entries from memory, older ones from the log.</summary>
/// <param name="source">Where older ones are read.</param>
/// <param name="key">The thread.</param>
/// <param name="history">What is visible.</param>
/// <param name="recent">The messages of the newest entries, without gaps up to the version.</param>
/// <param name="version">The version that the history is read at.</param>
internal sealed class HistoryReader(ThreadEntries source, ThreadKey key, VisibleHistory history, IReadOnlyList<EntryMessages> recent, long version)
{
    private readonly long _firstRecent = recent.Count > 0 ? recent[0].Version : version + 1;
    private bool _hasMetDropped;

    /// <summary>Whether messages that are visible were dropped. They are known once the reading has come to where they were.</summary>
    public bool HasDropped => _hasMetDropped || FirstDropped is not null;

    private long? FirstDropped => history.Ranges.Select(range => source.FirstMissing(range.From, range.To ?? version)).Where(missing => missing is not null).DefaultIfEmpty().Min();

    /// <summary>The messages that are there, newest first; with <paramref name="before"/>, only those before that place.</summary>
    public async IAsyncEnumerable<LocatedMessage> BackwardAsync(
        LocatedMessage? before = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        for (var i = Math.Min(before?.Range ?? int.MaxValue, history.Ranges.Count - 1); i >= 0; i--)
        {
            var last = before is { } place && place.Range == i ? place.Version : long.MaxValue;
            await foreach (var entry in EntriesAsync(i, last, ReadDirection.Backward, cancellationToken).ConfigureAwait(false))
            {
                var (start, length) = history.Ranges[i].Of(entry.Version, entry.Messages.Count).GetOffsetAndLength(entry.Messages.Count);
                for (var index = start + length - 1; index >= start; index--)
                {
                    var message = new LocatedMessage(i, entry.Version, index, entry.Messages[index]);
                    if (before is not { } stop || message.IsBefore(stop))
                    {
                        yield return message;
                    }
                }
            }
        }
    }

    /// <summary>The messages, oldest first.</summary>
    /// <exception cref="HistoryDroppedException">Some that are visible were dropped; messages before them may have been returned.</exception>
    public async IAsyncEnumerable<StoredMessage> ForwardAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (FirstDropped is { } dropped)
        {
            throw new HistoryDroppedException(key, dropped, source.FirstVersion);
        }

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
        if (direction == ReadDirection.Backward)
        {
            for (var v = to; v >= Math.Max(from, _firstRecent); v--)
            {
                yield return Recent(v);
            }
        }

        var older = Math.Min(to, _firstRecent - 1);
        if (from <= older)
        {
            await foreach (var opened in source.ReadAsync(from, older, direction, cancellationToken).ConfigureAwait(false))
            {
                if (!opened.Body.IsDropped)
                {
                    yield return new(opened.Version, opened.Body.Change.Messages);
                }
                else if (history.Ranges[range].Of(opened.Version, opened.Entry.MessageCount).GetOffsetAndLength(opened.Entry.MessageCount).Length > 0)
                {
                    // Backwards, what is newer is of use still; forwards it would be a conversation with a hole.
                    _hasMetDropped = true;
                    RefuseForward(direction, opened.Version);
                }
            }
        }

        if (direction == ReadDirection.Forward)
        {
            for (var v = Math.Max(from, _firstRecent); v <= to; v++)
            {
                yield return Recent(v);
            }
        }
    }

    private void RefuseForward(ReadDirection direction, long dropped)
    {
        if (direction == ReadDirection.Forward)
        {
            throw HistoryDroppedException.Between(key, dropped, source.FirstVersion);
        }
    }

    // By its place: a session that is read while it is committed adds to the list.
    private EntryMessages Recent(long version) => recent[(int)(version - _firstRecent)];
}
