using System.Globalization;
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
        return HeadFacts.Of(state, new()
        {
            Key = key,
            Life = run.From == 1 ? run.First.CommitId : known?.Life ?? run.First.CommitId,
            FirstVersion = run.From,
            Version = run.To,
            KeyframeVersion = run.Keyframe,
            ChainHash = chain,
            CreatedAt = run.From == 1 ? run.First.At : known?.CreatedAt ?? run.First.At,
            UpdatedAt = run.LastAt,
            ExpiresAt = known?.ExpiresAt,
            DeletedAt = run.DeletedAt ?? known?.DeletedAt,
            Properties = PropertiesOf(state, run, known),
        });
    }

    private static Dictionary<string, string> PropertiesOf(ThreadState state, GoodRun run, ThreadHead? known)
    {
        var properties = known?.Properties.ToDictionary(StringComparer.Ordinal) ?? [];
        if (known is null && state.Origins is [.., var origin])
        {
            // That it is a fork, and of which thread, its entries say too.
            properties[HeadProperties.ForkedFrom] = new ForkOrigin(origin.Id, origin.Life, origin.To).ToText();
        }

        if (known is null || known.Version > run.To)
        {
            // The versions after it are used again.
            var lost = run.To.ToString(CultureInfo.InvariantCulture);
            properties[HeadProperties.Recovered] = properties.TryGetValue(HeadProperties.Recovered, out var before) ? $"{before},{lost}" : lost;
        }

        return properties;
    }
}
