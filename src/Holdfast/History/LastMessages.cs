namespace Holdfast;

/// <summary>Takes the end of a conversation without parting a tool's result from its call.</summary>
internal static class LastMessages
{
    /// <summary>The last messages, oldest first.</summary>
    /// <param name="backward">The messages, newest first.</param>
    /// <param name="count">How many are wanted. Some more are returned where the first would be a result without its call.</param>
    public static async ValueTask<List<StoredMessage>> OfAsync(IAsyncEnumerable<LocatedMessage> backward, int count)
    {
        var messages = new List<StoredMessage>();
        var pairs = new MessagePairs();
        var (fewest, best) = (int.MaxValue, 0);
        if (count > 0)
        {
            await foreach (var (_, _, _, message) in backward.ConfigureAwait(false))
            {
                messages.Add(message);
                pairs.Add(message);
                if (messages.Count >= count && pairs.Orphans.Count < fewest)
                {
                    (fewest, best) = (pairs.Orphans.Count, messages.Count);
                }

                if (fewest == 0 || messages.Count - count >= MessagePairs.Farthest)
                {
                    break;
                }
            }
        }

        // Some results may have no call at all: those further back than the others' calls are of no use.
        best = messages.Count > count ? best : messages.Count;
        messages.RemoveRange(best, messages.Count - best);
        messages.Reverse();
        return messages;
    }
}
