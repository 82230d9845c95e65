using System.Runtime.CompilerServices;

namespace Holdfast;

/// <summary>The conversation as a session sees it: what is committed and visible, and what the session adds.</summary>
internal sealed class SessionHistory(SessionState session)
{
    // A commit whose outcome is not known counts as stored: sending it again settles that.
    private HistoryView Stored => session.Prepared?.History ?? new(State.History, State.MessageCount);

    private long StoredVersion => session.Prepared?.Request.Entry.Version ?? session.Version;

    private ThreadState State => session.State;

    private Change Pending => session.Pending;

    /// <summary>How many messages are visible, with those that are not committed yet.</summary>
    public long Count
        => Pending.Edit?.Count(Stored.Count, Pending.Messages.Count) ?? Stored.Count + Pending.Messages.Count;

    /// <summary>Whether the thread had messages before the last <paramref name="count"/> visible ones: more visible ones, or some that are not visible any more.</summary>
    public bool HasMessagesBefore(int count)
        => count < Count || State.History.Ranges is not ([] or [{ From: 1, Skip: 0 }, ..]);

    public void Clear()
    {
        Pending.Messages.Clear();
        Pending.Edit = HistoryEdit.Clear;
    }

    public void KeepLast(int count) => Pending.Edit = HistoryEdit.KeepLast(Pending.Edit, count, Pending.Messages.Count);

    /// <summary>Shows exactly a part of what is stored with the next commit, before the messages that the commit adds.</summary>
    public void Show(HistoryView history) => Pending.Edit = new HistoryEdit(history);

    /// <summary>The visible messages, newest first, with those that are not committed yet.</summary>
    public async IAsyncEnumerable<LocatedMessage> BackwardAsync(
        LocatedMessage? before, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var messages = Pending.Edit is { Most: not null } cut
            ? (await KeptAsync(cut, cancellationToken).ConfigureAwait(false)).ToAsyncEnumerable()
            : BackwardAsync(Pending.Edit, before, cancellationToken);
        await foreach (var message in messages.ConfigureAwait(false))
        {
            if (before is not { } place || message.IsBefore(place))
            {
                yield return message;
            }
        }
    }

    /// <summary>The visible messages, oldest first, with those that are not committed yet.</summary>
    public async IAsyncEnumerable<StoredMessage> ForwardAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (Pending.Edit is { Most: not null } cut)
        {
            // The messages that a cut keeps are counted from the end.
            var kept = await KeptAsync(cut, cancellationToken).ConfigureAwait(false);
            for (var i = kept.Count - 1; i >= 0; i--)
            {
                yield return kept[i].Message;
            }

            yield break;
        }

        var added = Pending.Lend().ToList();
        await foreach (var message in Read(Pending.Edit?.Shown ?? Stored).ForwardAsync(cancellationToken).ConfigureAwait(false))
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
        IReadOnlyList<EntryMessages> recent = session.Prepared is { } prepared ? [.. session.Recent, new(StoredVersion, [.. prepared.Change.Lend()])] : session.Recent;
        return new(session.Store.Calls, session.Store.Bodies, session.Key, history.Visible, recent, StoredVersion, session.Base);
    }

    // The messages that an edit is about and those that were added since, newest first; uncommitted ones where they will stand.
    private async IAsyncEnumerable<LocatedMessage> BackwardAsync(
        HistoryEdit? edit, LocatedMessage? before, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var stored = edit?.Shown ?? Stored;
        var range = Math.Max(stored.Visible.Ranges.Count - 1, 0);
        for (var i = Pending.Messages.Count - 1; i >= 0; i--)
        {
            yield return new(range, StoredVersion + 1, i, Pending.Lend()[i]);
        }

        await foreach (var message in Read(stored).BackwardAsync(before, cancellationToken).ConfigureAwait(false))
        {
            yield return message;
        }
    }

    /// <summary>What is visible once the pending changes are committed as <paramref name="version"/>: the same object as before when they change nothing about it.</summary>
    public async ValueTask<HistoryView> ResolveAsync(long version, CancellationToken cancellationToken)
    {
        var added = Pending.Messages.Count;
        var unchanged = new HistoryView(State.History, State.MessageCount + added);
        var edit = session.Visibility.MaxMessages is { } most && Count > most ? HistoryEdit.KeepLast(Pending.Edit, most, added) : Pending.Edit;
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

    // The messages that stay visible, newest first. At most `Most`; fewer if a tool result would lose its call; more only if the last exchange alone is longer.
    private async ValueTask<List<LocatedMessage>> KeptAsync(HistoryEdit cut, CancellationToken cancellationToken)
    {
        var kept = new List<LocatedMessage>();
        var pairs = new MessagePairs();
        var later = Pending.Messages.Count - cut.Among;
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
