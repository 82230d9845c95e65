using Holdfast.Logs;

namespace Holdfast;

/// <summary>Verifies one thread, whatever is wrong with it.</summary>
internal static class ThreadCheck
{
    /// <summary>How often in a row maintenance may change a thread while it is verified.</summary>
    private const int MostAttempts = 10;

    /// <returns>What was found; null if there is no such thread.</returns>
    public static async ValueTask<VerificationReport?> VerifyAsync(StoreContext store, ThreadKey key, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var (head, report) = await LookAsync(store, key, cancellationToken).ConfigureAwait(false);
            if (report is null || report.IsIntact || attempt == MostAttempts || !await Maintenance.HasChangedAsync(store, head, cancellationToken).ConfigureAwait(false))
            {
                if (report is not null)
                {
                    StoreLog.Verified(store.Logger, key, report.Entries, report.Problems.Count);
                }

                return report;
            }
        }
    }

    private static async ValueTask<(ThreadHead? Head, VerificationReport? Report)> LookAsync(StoreContext store, ThreadKey key, CancellationToken cancellationToken)
    {
        ThreadHead? head = null;
        AgentStateException? damage = null;
        try
        {
            head = await store.Calls.GetHeadAsync(new HeadRequest { Key = key, WithPins = true }, cancellationToken).ConfigureAwait(false);
        }
        catch (AgentStateException e) when (e is CorruptStateException or UnknownFormatException)
        {
            damage = e;
        }

        if (head is null && damage is null)
        {
            return default;
        }

        var verifier = new ThreadVerifier(store.Bodies, key, head);
        var report = await verifier.VerifyAsync(store.Calls, damage, cancellationToken).ConfigureAwait(false);
        return (head, report.IsIntact && DisagreementOf(verifier, head!) is { } what ? report with { Problems = [new(0, what)] } : report);
    }

    /// <summary>What the head says of turns that does not follow from the commits; null if nothing.</summary>
    public static string? DisagreementOf(ThreadVerifier verifier, ThreadHead head)
    {
        if (verifier.Folded is not { } state)
        {
            return null;
        }

        var facts = TurnFacts.Of(state, state.OpenCalls);
        var terms = Parentage.TermsOf(state, facts.Terms);
        return facts.DueAt != head.DueAt ? $"when it is due: expected {facts.DueAt?.ToString() ?? "never"}, found {head.DueAt?.ToString() ?? "never"}."
            : !terms.SequenceEqual(head.Terms, StringComparer.Ordinal) ? $"its terms: expected {terms.Count}, as the commits have them; found {head.Terms.Count} others."
            : null;
    }
}
