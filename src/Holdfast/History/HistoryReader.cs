using System.Runtime.CompilerServices;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Reads the visible messages that are committed: those of the newest entries from memory, older ones from the log.</summary>
/// <param name="log">Where older ones are read.</param>
/// <param name="bodies">How bodies are opened.</param>
/// <param name="key">The thread.</param>
/// <param name="history">What is visible.</param>
/// <param name="recent">The messages of the newest entries, without gaps up to the version.</param>
/// <param name="version">The version that the history is read at.</param>
/// <param name="head">The head of the thread: what is visible and older than its first version was dropped. Null for a new thread, or where it cannot be read.</param>
internal sealed class HistoryReader(
    ICommitLog log, BodyPipeline bodies, ThreadKey key, VisibleHistory history, IReadOnlyList<EntryMessages> recent, long version, ThreadHead? head)
{
    private readonly long _firstVersion = head?.FirstVersion ?? 1;
    private readonly long _firstRecent = recent.Count > 0 ? recent[0].Version : version + 1;

    /// <summary>Whether messages that are visible were dropped. They are known once the reading has come to where they were.</summary>
    public bool HasDropped => history.Ranges.Any(range => range.From < _firstVersion);

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
    /// <exception cref="HistoryDroppedException">Some that are visible were dropped.</exception>
    public async IAsyncEnumerable<StoredMessage> ForwardAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (HasDropped)
        {
            throw new HistoryDroppedException(key, history.Ranges.Min(range => range.From), _firstVersion);
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
        var from = Math.Max(history.Ranges[range].From, _firstVersion);
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
            var isForward = direction == ReadDirection.Forward;
            var walk = new EntryWalk(bodies, key) { Expected = isForward ? from : older, Direction = direction };
            await foreach (var opened in walk.ReadAsync(log, new() { Key = key, From = from, To = older, Life = head?.Life }, isForward ? older : from, cancellationToken).ConfigureAwait(false))
            {
                yield return new(opened.Version, opened.Body.Change.Messages);
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

    // By its place: a session that is read while it is committed adds to the list.
    private EntryMessages Recent(long version) => recent[(int)(version - _firstRecent)];
}
