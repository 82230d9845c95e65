using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Makes the head of a thread anew from its entries.</summary>
internal static class RecoveredHead
{
    /// <param name="store">The store.</param>
    /// <param name="key">The thread.</param>
    /// <param name="run">The versions that are good.</param>
    /// <param name="known">The head as far as it can be read: it has what no entry says. Null if it cannot.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public static async ValueTask<ThreadHead> OfAsync(StoreContext store, ThreadKey key, GoodRun run, ThreadHead? known, CancellationToken cancellationToken)
    {
        var (state, _, chain) = await PastFold.AtAsync(store.Unguarded, store.Bodies, key, run.To, null, cancellationToken).ConfigureAwait(false);
        var facts = TurnFacts.Of(state, state.OpenCalls);
        return new()
        {
            Key = key,
            Life = run.From == 1 ? run.First.CommitId : known?.Life ?? run.First.CommitId,
            FirstVersion = run.From,
            Version = run.To,
            KeyframeVersion = run.Keyframe,
            ChainHash = chain,
            UserId = state.UserId,
            Agent = state.Agent,
            Status = state.Status,
            Metadata = state.Find(SectionNames.Metadata)?.ToDictionary(pair => pair.Key, pair => Utf8Json.Parse(pair.Value), StringComparer.Ordinal) ?? (IReadOnlyDictionary<string, JsonElement>)ThreadHead.EmptyMetadata,
            MessageCount = state.MessageCount,
            CreatedAt = run.From == 1 ? run.First.At : known?.CreatedAt ?? run.First.At,
            UpdatedAt = run.LastAt,
            ExpiresAt = known?.ExpiresAt,
            DeletedAt = state.IsDeleted ? run.DeletedAt ?? known?.DeletedAt ?? run.LastAt : null,
            DueAt = facts.DueAt,
            Terms = Parentage.TermsOf(state, facts.Terms),
            Properties = known?.Properties ?? ThreadHead.NoProperties,
        };
    }
}
