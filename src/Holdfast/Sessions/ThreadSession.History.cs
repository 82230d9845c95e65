using System.Runtime.CompilerServices;

namespace Holdfast;

public sealed partial class ThreadSession
{
    private HistoryReader Stored => new(Log, Key, State.History, Recent, Version);

    internal void ClearHistory()
    {
        _pending.Messages.Clear();
        _pending.History = new HistoryEdit.Trim(null, 0, HidesStored: true);
    }

    internal void KeepLast(int count)
    {
        var added = _pending.Messages.Count;
        var earlier = _pending.History as HistoryEdit.Trim;
        var most = earlier?.Most is { } before ? Math.Min(count, before + added - earlier.Among) : count;
        _pending.History = new HistoryEdit.Trim(most, added, earlier?.HidesStored ?? false);
    }

    /// <summary>Shows exactly a part of what is stored with the next commit, before the messages that the commit adds.</summary>
    internal void Show(VisibleHistory history, long count) => _pending.History = new HistoryEdit.Show(history, count);

    /// <summary>The visible messages, newest first, with those that are not committed yet.</summary>
    internal async IAsyncEnumerable<LocatedMessage> BackwardAsync(
        LocatedMessage? before, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var most = long.MaxValue;
        if (before is null or { Range: < 0 })
        {
            foreach (var message in UncommittedBackward(out most).Where(message => before is not { } place || message.IsBefore(place)))
            {
                yield return message;
            }
        }

        if (most == 0)
        {
            yield break;
        }

        await foreach (var message in Stored.BackwardAsync(before is { Range: >= 0 } ? before : null, cancellationToken).ConfigureAwait(false))
        {
            yield return message;
            if (--most == 0)
            {
                break;
            }
        }
    }

    /// <summary>The visible messages, oldest first, with those that are not committed yet.</summary>
    internal async IAsyncEnumerable<StoredMessage> ForwardAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (Uncommitted.Any(changes => changes.History is not null))
        {
            // An uncommitted cut leaves what is counted from the end.
            var kept = await BackwardAsync(null, cancellationToken).ToListAsync(cancellationToken).ConfigureAwait(false);
            for (var i = kept.Count - 1; i >= 0; i--)
            {
                yield return kept[i].Message;
            }

            yield break;
        }

        await foreach (var message in Stored.ForwardAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return message;
        }

        foreach (var message in Uncommitted.SelectMany(changes => changes.Messages).ToList())
        {
            yield return message;
        }
    }

    // `most` is how many stored messages an uncommitted cut leaves.
    private List<LocatedMessage> UncommittedBackward(out long most)
    {
        most = long.MaxValue;
        var found = new List<LocatedMessage>();
        var uncommitted = Uncommitted.ToList();
        for (var i = uncommitted.Count - 1; i >= 0 && most > 0; i--)
        {
            var (messages, trim) = (uncommitted[i].Messages, uncommitted[i].History as HistoryEdit.Trim);
            for (var index = messages.Count; index >= 0; index--)
            {
                most = trim is not null && index == trim.Among ? Math.Min(most, trim.Most ?? long.MaxValue) : most;
                if (index > 0 && most > 0)
                {
                    found.Add(new(LocatedMessage.Uncommitted, i, index - 1, messages[index - 1]));
                    most--;
                }
            }

            most = trim is { HidesStored: true } ? 0 : most;
        }

        return found;
    }

    // What is visible once the pending changes are committed as `version`.
    private async ValueTask<HistoryView> ResolveHistoryAsync(long version, CancellationToken cancellationToken)
    {
        if (Retention.MaxMessages is { } most && History.Count > most)
        {
            KeepLast(most);
        }

        if (_pending.History is HistoryEdit.Show show)
        {
            return new(show.History, show.Count(0, _pending.Messages.Count));
        }

        if (_pending.History is not HistoryEdit.Trim trim)
        {
            return new(State.History, State.MessageCount + _pending.Messages.Count);
        }

        var first = trim.Count(State.MessageCount, trim.Among) < (trim.HidesStored ? 0 : State.MessageCount) + trim.Among
            ? await FirstKeptAsync(trim, cancellationToken).ConfigureAwait(false)
            : null;
        if (first is { Place.Range: >= 0 } stored)
        {
            var visible = State.History.StartingAt(stored.Place.Range, stored.Place.Version, stored.Place.Index, version);
            return new(visible, stored.Kept + _pending.Messages.Count - trim.Among);
        }

        if (first is { } added)
        {
            _pending.Messages.RemoveRange(0, added.Place.Index);
        }
        else if (!trim.HidesStored)
        {
            // Nothing is cut off.
            _pending.History = null;
            return new(State.History, State.MessageCount + _pending.Messages.Count);
        }

        _pending.History = new HistoryEdit.Trim(null, 0, HidesStored: true);
        return new(VisibleHistory.From(version), _pending.Messages.Count);
    }

    // Where the conversation begins after a cut, and how many of the messages that were there when it was made are kept: as many as were asked
    // for, or fewer so that no result loses its call; more only where the last exchange alone is longer.
    private async ValueTask<(LocatedMessage Place, int Kept)?> FirstKeptAsync(HistoryEdit.Trim trim, CancellationToken cancellationToken)
    {
        var added = _pending.Messages.Take(trim.Among).Select((message, i) => new LocatedMessage(LocatedMessage.Uncommitted, 0, i, message)).Reverse();
        var candidates = trim.HidesStored ? added.ToAsyncEnumerable() : added.ToAsyncEnumerable().Concat(Stored.BackwardAsync(null, cancellationToken));
        (LocatedMessage, int)? first = null;
        var pairs = new MessagePairs();
        var read = 0;
        await foreach (var message in candidates.ConfigureAwait(false))
        {
            if (read >= trim.Most && first is not null)
            {
                break;
            }

            pairs.Add(message.Message);
            read++;
            first = pairs.IsWhole ? (message, read) : first;
        }

        return first;
    }
}
