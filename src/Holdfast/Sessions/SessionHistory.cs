using System.Runtime.CompilerServices;

namespace Holdfast;

/// <summary>The conversation as a session sees it: what is committed and visible, and what the session adds.</summary>
internal sealed class SessionHistory(SessionState session)
{
    // A commit whose outcome is not known counts as stored: sending it again settles that.
    private HistoryView Stored => session.Prepared?.History ?? StoredAt(session.Version + 1);

    private long StoredVersion => session.Prepared?.Request.Entry.Version ?? session.Version;

    private ThreadState State => session.State;

    private Change Pending => session.Pending;

    /// <summary>How many messages are visible, with those that are not committed yet.</summary>
    public long Count
        => Pending.Edit?.Count(Stored.Count, Pending.Added) ?? Stored.Count + Pending.Added;

    /// <summary>Whether the thread had messages before the last <paramref name="count"/> visible ones: more visible ones, or some that are not visible any more.</summary>
    public bool HasMessagesBefore(int count)
        => count < Count || State.History.Ranges is not ([] or [{ From: 1, Skip: 0 }, ..]);

    /// <summary>Where the visible messages that are stored begin; there is at least one.</summary>
    public MessagePlace Beginning => Stored.Visible.Ranges[0] is var first ? new(0, first.From, first.Skip) : default;

    /// <summary>How many of the visible messages are stored.</summary>
    public long StoredCount => Stored.Count;

    /// <summary>Where a place is now that was found when the conversation may have been shown in another way.</summary>
    public LocatedMessage? Find(LocatedMessage? place)
        => place is { } message && (Pending.Edit?.Shown ?? Stored).Visible.Find(message.Place) is var found ? message with { Range = found.Range, Version = found.Version, Index = found.Index } : null;

    /// <summary>Whether the message at a place of a version is stored, and visible.</summary>
    public bool ShowsStored(long version, int index) => Stored.Visible.Shows(version, index);

    /// <summary>Replaces visible messages that are stored.</summary>
    /// <returns>How many; 0 if there is nothing to replace.</returns>
    public async ValueTask<long> SummarizeAsync(long start, long end, IReadOnlyList<StoredMessage> summary, CancellationToken cancellationToken)
    {
        if (session.Prepared is not null || Pending.Edit is not null || Pending.Summary is not null)
        {
            throw new InvalidOperationException("What is visible of the conversation was changed already, or the last commit is not settled. Commit first; then summarize.");
        }

        if (await SummarizedRun.FindAsync(this, State.OpenCalls.Calls, start, Math.Min(end, StoredCount), cancellationToken).ConfigureAwait(false) is not var (first, last, count))
        {
            return 0;
        }

        Pending.Summarize(new(first, last, count, summary.Count), summary);
        return count;
    }

    /// <summary>A stored, visible message; null if it is not there.</summary>
    public async ValueTask<StoredMessage?> MessageAsync(long version, int index, CancellationToken cancellationToken)
    {
        var range = Stored.Visible.Ranges.ToList().FindLastIndex(range => range.Contains(version));
        await foreach (var message in Read(Stored).BackwardAsync(new(range, version, index + 1, null!), cancellationToken).ConfigureAwait(false))
        {
            return (message.Version, message.Index) == (version, index) ? message.Message : null;
        }

        return null;
    }

    public void Clear()
    {
        Pending.ClearMessages();
        Pending.Edit = HistoryEdit.Clear;
    }

    public void KeepLast(int count) => Pending.Edit = HistoryEdit.KeepLast(Pending.Edit, count, Pending.Added);

    /// <summary>Shows exactly a part of what is stored with the next commit, before the messages that the commit adds.</summary>
    /// <param name="history">The part.</param>
    /// <param name="calls">The calls that are open in it; null where they are among those that are open now.</param>
    public void Show(HistoryView history, OpenCalls? calls = null) => Pending.Edit = new HistoryEdit(history) { Calls = calls };

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

        var added = Pending.Lend()[(Pending.Messages.Count - Pending.Added)..];
        await foreach (var message in Read(Pending.Edit?.Shown ?? Stored).ForwardAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return message;
        }

        foreach (var message in added)
        {
            yield return message;
        }
    }

    private HistoryView StoredAt(long version)
    {
        var view = new HistoryView(State.History, State.MessageCount);
        return Pending.Summary?.Apply(view, version) ?? view;
    }

    private HistoryReader Read(HistoryView history)
    {
        // A summary is read as if it were committed.
        var (version, next) = session.Prepared is { } prepared ? (StoredVersion, prepared.Change.Lend())
            : Pending.Summary is { } summary ? (session.Version + 1, Pending.Lend()[..summary.Messages])
            : (StoredVersion, null);
        IReadOnlyList<EntryMessages> recent = next is null ? session.Recent : [.. session.Recent, new(version, [.. next])];
        return new(session.Entries, session.Key, history.Count == 0 ? VisibleHistory.None : history.Visible, recent, version);
    }

    // The messages that an edit is about and those that were added since, newest first; uncommitted ones where they will stand.
    private async IAsyncEnumerable<LocatedMessage> BackwardAsync(
        HistoryEdit? edit, LocatedMessage? before, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var stored = edit?.Shown ?? Stored;
        var range = Math.Max(stored.Visible.Ranges.Count - 1, 0);
        for (var i = Pending.Messages.Count - 1; i >= Pending.Messages.Count - Pending.Added; i--)
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
        var added = Pending.Added;
        var stored = StoredAt(version);
        if (stored.Count == 0 && Pending.Edit is null && added > 0 && stored.Visible.Ranges is [var range, ..] && range.From < session.Base?.FirstVersion)
        {
            // What was dropped had no message that is visible, and so is not part of the history that begins now.
            return new(VisibleHistory.From(version, 0), added);
        }

        var unchanged = stored with { Count = stored.Count + added };
        var edit = session.Visibility.MaxMessages is { } most && Count > most ? HistoryEdit.KeepLast(Pending.Edit, most, added) : Pending.Edit;
        if (edit is null)
        {
            return unchanged;
        }

        var shown = edit.Shown ?? stored;
        var all = shown.Count + added;
        if (edit.Count(stored.Count, added) < all)
        {
            var kept = await KeptAsync(edit, cancellationToken).ConfigureAwait(false);
            if (kept is [.., var first] && kept.Count < all)
            {
                var visible = first.Version == version && Pending.Summary is null
                    ? VisibleHistory.From(version, first.Index)
                    : shown.Visible.StartingAt(first.Range, first.Version, first.Index).OpenFrom(version);
                return new(visible, kept.Count);
            }
        }

        return edit.Shown is null || (shown.Count == 0 && stored.Count == 0) ? unchanged : new(shown.Visible.OpenFrom(version), all);
    }

    /// <summary>What a cut would leave of what is stored: how many messages, and what is visible.</summary>
    public async ValueTask<(long Count, VisibleHistory Visible)> CutAsync(int count, CancellationToken cancellationToken)
    {
        var kept = await KeptAsync(HistoryEdit.KeepLast(null, count, 0), cancellationToken).ConfigureAwait(false);
        return kept is [.., var first] ? (kept.Count, State.History.StartingAt(first.Range, first.Version, first.Index)) : (0, VisibleHistory.None);
    }

    // The messages that stay visible, newest first. At most `Most`; fewer if a tool result would lose its call; more only if the last exchange alone is longer.
    private async ValueTask<List<LocatedMessage>> KeptAsync(HistoryEdit cut, CancellationToken cancellationToken)
    {
        var kept = new List<LocatedMessage>();
        var pairs = new MessagePairs();
        var later = Pending.Added - cut.Among;
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
