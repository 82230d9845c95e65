using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>Compares the visible messages of two points. What both show of the same commits is not read: those of one thread, or of two up to where one was forked from the other.</summary>
internal static class HistoryComparison
{
    /// <summary>The messages that are not the same, in the order of the conversation.</summary>
    public static async ValueTask<(IReadOnlyList<MessageDiff> Messages, bool HasDropped)> OfAsync(
        StoreContext store, (ThreadKey Key, PointFold Fold) before, (ThreadKey Key, PointFold Fold) after, CancellationToken cancellationToken)
    {
        var (left, right) = (before.Fold.ClosedHistory(), after.Fold.ClosedHistory());
        if (Common(before.Fold, after.Fold) is > 0 and var common)
        {
            (left, right) = VisibleHistory.WithoutShared(left, right, common);
        }

        var (older, oldDropped) = await ReadAsync(store, before, left, cancellationToken).ConfigureAwait(false);
        var (newer, newDropped) = await ReadAsync(store, after, right, cancellationToken).ConfigureAwait(false);
        return (Compare(older, before.Fold.State.MessageCount - older.Count, newer, after.Fold.State.MessageCount - newer.Count), oldDropped || newDropped);
    }

    // The last version up to which both show the commits of the same lives.
    private static long Common(PointFold before, PointFold after)
    {
        var (left, right) = (Lives(before), Lives(after));
        long common = 0;
        for (var (i, j) = (0, 0); i < left.Count && j < right.Count && left[i].Life == right[j].Life;)
        {
            common = Math.Min(left[i].To, right[j].To);
            (i, j) = (left[i].To == common ? i + 1 : i, right[j].To == common ? j + 1 : j);
        }

        return common;
    }

    private static List<(long To, CommitId Life)> Lives(PointFold fold)
        => fold.Head is { } head ? [.. fold.State.Origins.Select(origin => (origin.To, origin.Life)), (long.MaxValue, head.Life)] : [];

    private static async ValueTask<(List<StoredMessage> Messages, bool HasDropped)> ReadAsync(
        StoreContext store, (ThreadKey Key, PointFold Fold) side, VisibleHistory history, CancellationToken cancellationToken)
    {
        var reader = new HistoryReader(store.EntriesOf(side.Key, side.Fold.Head, side.Fold.State), side.Key, history, side.Fold.Recent, side.Fold.Version);
        var messages = await reader.BackwardAsync(null, cancellationToken).Select(located => located.Message).ToListAsync(cancellationToken).ConfigureAwait(false);
        messages.Reverse();
        return (messages, reader.HasDropped);
    }

    private static List<MessageDiff> Compare(List<StoredMessage> before, long firstBefore, List<StoredMessage> after, long firstAfter)
    {
        var numbers = new Dictionary<Digest, int>();
        var diffs = new List<MessageDiff>();
        foreach (var edit in EditScript.Of(Number(before, numbers), Number(after, numbers)))
        {
            var next = edit.After;
            var end = edit.After + edit.Added;
            for (var i = edit.Before; i < edit.Before + edit.Removed; i++)
            {
                var hidden = before[i].ToChatMessage();
                var edited = Enumerable.Range(next, end - next).Cast<int?>().FirstOrDefault(j => IsEditOf(hidden, after[j!.Value].ToChatMessage()));
                Add(edited ?? next);
                diffs.Add(new((before[i], firstBefore + i), edited is { } place ? (after[place], firstAfter + place) : null));
                next += edited is null ? 0 : 1;
            }

            Add(end);

            void Add(int until)
            {
                for (; next < until; next++)
                {
                    diffs.Add(new(null, (after[next], firstAfter + next)));
                }
            }
        }

        return diffs;
    }

    private static int[] Number(List<StoredMessage> messages, Dictionary<Digest, int> numbers)
        => [.. messages.Select(message => Digest.Compute(message.Json.Span)).Select(digest => numbers.TryGetValue(digest, out var number) ? number : numbers[digest] = numbers.Count)];

    // Another text of the same author counts as an edit if they share at least half of their words.
    private static bool IsEditOf(ChatMessage before, ChatMessage after)
    {
        if (before.Role != after.Role || before.AuthorName != after.AuthorName)
        {
            return false;
        }

        var (left, right) = (Words(before), Words(after));
        var counts = left.CountBy(word => word, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        var shared = right.CountBy(word => word, StringComparer.Ordinal).Sum(word => Math.Min(word.Value, counts.GetValueOrDefault(word.Key)));
        return shared > 0 && 4 * shared >= left.Length + right.Length;
    }

    private static string[] Words(ChatMessage message) => message.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
}
