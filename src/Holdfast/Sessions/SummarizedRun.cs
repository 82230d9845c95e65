namespace Holdfast;

/// <summary>Finds the run of visible messages that a summary can replace: no tool call is parted from its result, and none that is still open is covered.</summary>
internal static class SummarizedRun
{
    /// <summary>Finds the longest such run within a range of stored messages.</summary>
    /// <param name="history">The conversation.</param>
    /// <param name="open">The tool calls without a result.</param>
    /// <param name="start">The first message of the range, counted from 0.</param>
    /// <param name="end">The message after its last one.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    /// <returns>The run; null if there is none.</returns>
    public static async ValueTask<(MessagePlace First, MessagePlace Last, long Count)?> FindAsync(
        SessionHistory history, IEnumerable<CallPlace> open, long start, long end, CancellationToken cancellationToken)
    {
        if (start >= end)
        {
            return null;
        }

        var kept = new MessagePairs();
        var places = open.Select(call => (call.Version, call.Index)).Where(place => history.ShowsStored(place.Version, place.Index)).ToList();
        var (run, isAlone) = await FindAsync(history, kept, [.. places], start, end, cancellationToken).ConfigureAwait(false);
        if (isAlone)
        {
            // A result that has no call near the run has none, and binds nothing. Where the open calls are is known, however far back.
            (run, _) = await FindAsync(history, new MessagePairs(kept.Orphans), [.. places], start, end, cancellationToken).ConfigureAwait(false);
        }

        return run;
    }

    // Also tells whether there is none because something after the run has no counterpart.
    private static async ValueTask<((MessagePlace First, MessagePlace Last, long Count)? Run, bool IsAlone)> FindAsync(
        SessionHistory history, MessagePairs kept, HashSet<(long Version, int Index)> open, long start, long end, CancellationToken cancellationToken)
    {
        var run = new MessagePairs();
        var position = history.Count;
        (MessagePlace Place, long Position)? first = null, last = null;
        await foreach (var message in history.BackwardAsync(null, cancellationToken).ConfigureAwait(false))
        {
            position--;
            if (last is null && (position >= end || !kept.IsWhole || open.Count > 0))
            {
                if (position < start || (open.Count == 0 && position < end - MessagePairs.Farthest))
                {
                    return (null, position >= start);
                }

                kept.Add(message.Message);
                open.Remove((message.Version, message.Index));
                continue;
            }

            last ??= (message.Place, position);
            if (start == 0)
            {
                // Nothing stands before it, so that nothing can be parted from it.
                return ((history.Beginning, last.Value.Place, last.Value.Position + 1), false);
            }

            run.Add(message.Message);
            first = run.IsWhole ? (message.Place, position) : first;
            if (position == start)
            {
                break;
            }
        }

        return first is { } from && last is { } to ? ((from.Place, to.Place, to.Position - from.Position + 1), false) : (null, last is null);
    }
}
