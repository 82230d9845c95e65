using System.Runtime.CompilerServices;

namespace Holdfast;

public sealed partial class ThreadSession
{
    // A commit whose outcome is not known counts as stored: sending it again settles that.
    private HistoryView StoredHistory => _prepared?.History ?? new(State.History, State.MessageCount);

    private long StoredVersion => _prepared?.Request.Entry.Version ?? Version;

    /// <summary>How many messages are visible, with those that are not committed yet.</summary>
    internal long MessageCount
        => _pending.History?.Count(StoredHistory.Count, _pending.Messages.Count) ?? StoredHistory.Count + _pending.Messages.Count;

    /// <summary>Whether the thread had messages before the last <paramref name="count"/> visible ones: more visible ones, or some that are not visible any more.</summary>
    internal bool HasMessagesBefore(int count)
        => count < MessageCount || State.History.Ranges is not ([] or [{ From: 1, Skip: 0 }, ..]);

    internal void ClearHistory()
    {
        _pending.Messages.Clear();
        _pending.History = HistoryEdit.Clear;
    }

    internal void KeepLast(int count) => _pending.History = HistoryEdit.KeepLast(_pending.History, count, _pending.Messages.Count);

    /// <summary>Shows exactly a part of what is stored with the next commit, before the messages that the commit adds.</summary>
    internal void Show(HistoryView history) => _pending.History = new HistoryEdit(history);

    /// <summary>The visible messages, newest first, with those that are not committed yet.</summary>
    internal async IAsyncEnumerable<LocatedMessage> BackwardAsync(
        LocatedMessage? before, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var messages = _pending.History is { Most: not null } cut
            ? (await KeptAsync(cut, cancellationToken).ConfigureAwait(false)).ToAsyncEnumerable()
            : BackwardAsync(_pending.History, before, cancellationToken);
        await foreach (var message in messages.ConfigureAwait(false))
        {
            if (before is not { } place || message.IsBefore(place))
            {
                yield return message;
            }
        }
    }

    /// <summary>The visible messages, oldest first, with those that are not committed yet.</summary>
    internal async IAsyncEnumerable<StoredMessage> ForwardAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (_pending.History is { Most: not null } cut)
        {
            // What a cut leaves is counted from the end.
            var kept = await KeptAsync(cut, cancellationToken).ConfigureAwait(false);
            for (var i = kept.Count - 1; i >= 0; i--)
            {
                yield return kept[i].Message;
            }

            yield break;
        }

        var added = _pending.Messages.ToList();
        await foreach (var message in Read(_pending.History?.Shown ?? StoredHistory).ForwardAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return message;
        }

        foreach (var message in added)
        {
            yield return message;
        }
    }

    private HistoryReader Read(HistoryView history)
    {
        IReadOnlyList<EntryMessages> recent = _prepared is { } prepared ? [.. Recent, new(StoredVersion, prepared.Changes.Messages)] : Recent;
        return new(Log, Key, history.Visible, recent, StoredVersion);
    }

    // The messages that an edit is about and those that were added since, newest first; uncommitted ones where they will stand.
    private async IAsyncEnumerable<LocatedMessage> BackwardAsync(
        HistoryEdit? edit, LocatedMessage? before, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var stored = edit?.Shown ?? StoredHistory;
        var range = Math.Max(stored.Visible.Ranges.Count - 1, 0);
        for (var i = _pending.Messages.Count - 1; i >= 0; i--)
        {
            yield return new(range, StoredVersion + 1, i, _pending.Messages[i]);
        }

        await foreach (var message in Read(stored).BackwardAsync(before, cancellationToken).ConfigureAwait(false))
        {
            yield return message;
        }
    }

    // What is visible once the pending changes are committed as `version`. The same history as before when they change nothing about it.
    private async ValueTask<HistoryView> ResolveHistoryAsync(long version, CancellationToken cancellationToken)
    {
        var added = _pending.Messages.Count;
        var unchanged = new HistoryView(State.History, State.MessageCount + added);
        var edit = Retention.MaxMessages is { } most && MessageCount > most ? HistoryEdit.KeepLast(_pending.History, most, added) : _pending.History;
        if (edit is null)
        {
            return unchanged;
        }

        var shown = edit.Shown ?? new(State.History, State.MessageCount);
        var all = shown.Count + added;
        if (edit.Count(State.MessageCount, added) < all)
        {
            var kept = await KeptAsync(edit, cancellationToken).ConfigureAwait(false);
            if (kept is [.., var first] && kept.Count < all)
            {
                var visible = first.Version == version
                    ? VisibleHistory.From(version, first.Index)
                    : shown.Visible.StartingAt(first.Range, first.Version, first.Index).OpenFrom(version);
                return new(visible, kept.Count);
            }
        }

        return edit.Shown is null || (shown.Count == 0 && State.MessageCount == 0) ? unchanged : new(shown.Visible.OpenFrom(version), all);
    }

    // What a cut leaves, with what was added after it, newest first: as many messages as were asked for, or fewer so that no result loses its
    // call; more only where the last exchange alone is longer.
    private async ValueTask<List<LocatedMessage>> KeptAsync(HistoryEdit cut, CancellationToken cancellationToken)
    {
        var kept = new List<LocatedMessage>();
        var pairs = new MessagePairs();
        var later = _pending.Messages.Count - cut.Among;
        var most = later + (long)cut.Most!;
        var whole = later;
        var isCutOff = false;
        await foreach (var message in BackwardAsync(cut, null, cancellationToken).ConfigureAwait(false))
        {
            isCutOff = kept.Count >= most;
            if (isCutOff && (whole > later || kept.Count >= most + MessagePairs.Farthest))
            {
                break;
            }

            pairs.Add(message.Message);
            kept.Add(message);
            whole = pairs.IsWhole && kept.Count > later ? kept.Count : whole;
        }

        if (isCutOff)
        {
            whole = whole == later ? WholeBesides(pairs.Orphans, kept, later, most) : whole;
            kept.RemoveRange(whole, kept.Count - whole);
        }

        return kept;
    }

    // Results whose calls are nowhere cannot be parted from them.
    private static int WholeBesides(IReadOnlyCollection<string> orphans, List<LocatedMessage> messages, int later, long most)
    {
        var pairs = new MessagePairs(orphans);
        var whole = later;
        for (var i = 0; i < messages.Count && (i < most || whole == later); i++)
        {
            pairs.Add(messages[i].Message);
            whole = pairs.IsWhole && i >= later ? i + 1 : whole;
        }

        return whole;
    }
}
