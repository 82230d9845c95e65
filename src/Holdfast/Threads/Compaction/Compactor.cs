using Holdfast.Logs;
using Microsoft.Extensions.AI;

namespace Holdfast;

/// <summary>Shortens conversations that have become too long, by a policy.</summary>
internal static class Compactor
{
    /// <param name="store">Where the thread is.</param>
    /// <param name="key">The thread.</param>
    /// <param name="policy">When it is too long.</param>
    /// <param name="open">For whom it is opened.</param>
    /// <param name="onlyOfNobody">Whether a thread that has an owner is left alone.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    /// <returns>The commit; null if the conversation is not too long, or has too few exchanges.</returns>
    public static async ValueTask<CommitInfo?> CompactAsync(
        StoreContext store, ThreadKey key, CompactionPolicy policy, OpenOptions open, bool onlyOfNobody, CancellationToken cancellationToken)
    {
        var session = await SessionOpener.OpenAsync(store, key, open with { LoadUser = false, RebaseOnConflict = true }, allowDeleted: false, cancellationToken).ConfigureAwait(false);
        if (onlyOfNobody && session.UserId is not null)
        {
            return null;
        }

        var (older, end) = await OlderAsync(session.State.History, policy, cancellationToken).ConfigureAwait(false);
        if (older.Count == 0)
        {
            return null;
        }

        // Made before anything is changed: others may go on with the conversation while the model thinks.
        var summary = await policy.Summarize(older, cancellationToken).ConfigureAwait(false);
        Refuse(summary);
        return await session.History.SummarizeAsync(..end, summary, cancellationToken).ConfigureAwait(false) > 0
            ? await session.SettleAsync(new() { Reason = "summarized" }, cancellationToken).ConfigureAwait(false)
            : null;
    }

    // Nothing in the place of a conversation would hide it as if it had never been.
    private static void Refuse(ChatMessage? summary)
    {
        if (summary is null || summary.Contents.All(content => content is TextContent text && string.IsNullOrWhiteSpace(text.Text)))
        {
            throw new InvalidOperationException($"{nameof(CompactionPolicy)}.{nameof(CompactionPolicy.Summarize)} returned an empty summary. The conversation is as it was.");
        }
    }

    // The messages before the exchanges that stay, and how many there are, also of those that cannot be read any more; none if all are short enough.
    private static async ValueTask<(List<ChatMessage> Older, int End)> OlderAsync(SessionHistory history, CompactionPolicy policy, CancellationToken cancellationToken)
    {
        var (messages, tokens) = (new List<ChatMessage>(), 0L);
        try
        {
            await foreach (var located in history.BackwardAsync(null, cancellationToken).ConfigureAwait(false))
            {
                var message = located.Message.ToChatMessage();
                messages.Add(message);
                tokens += policy.CountTokens?.Invoke(message) ?? (located.Message.Json.Length + 3) / 4;
            }
        }
        catch (HistoryDroppedException)
        {
            // Retention took what is older, and a restore shows it again. Nobody can read it; the summary comes in its place, too.
        }

        messages.Reverse();
        var begins = messages.Index().Where(pair => BeginsExchange(pair.Item)).Select(pair => pair.Index).ToList();
        var kept = policy.KeepExchanges + (messages is [.., { } last] && last.Role == ChatRole.User ? 1 : 0);
        return tokens > policy.MaxTokens && begins.Count > kept ? (messages[..begins[^kept]], (int)history.StoredCount - messages.Count + begins[^kept]) : ([], 0);
    }

    private static bool BeginsExchange(ChatMessage message)
        => message.Role == ChatRole.User && message.AdditionalProperties?.ContainsKey(MessageHistory.SummaryProperty) is not true;
}
