using Holdfast.Logs;

namespace Holdfast;

/// <summary>Trims the threads of a store, one after the other. A run that was cut off is simply run again.</summary>
internal sealed class StoreTrim(StoreContext store, string? tenant, Func<ThreadHead, RetentionPolicy?> policyOf, TrimOptions options)
{
    public async ValueTask<TrimResult> RunAsync(CancellationToken cancellationToken)
    {
        var result = new TrimResult(0, 0, 0, 0, 0, options.DryRun);
        var query = new HeadQuery
        {
            Space = ThreadSpace.Threads,
            Tenant = tenant,
            Filter = ThreadQuery.All,
            AsOf = await store.NowAsync(cancellationToken).ConfigureAwait(false),
        };
        var leftOut = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var head in store.Calls.ListAllAsync(query, LeaveOut, cancellationToken).ConfigureAwait(false))
        {
            result = result with { Threads = result.Threads + 1 };
            result = await TrimAsync(head, result, cancellationToken).ConfigureAwait(false);
        }

        return result with { Threads = result.Threads + leftOut.Count, Failed = result.Failed + leftOut.Count };

        void LeaveOut(ThreadKey key, AgentStateException problem)
        {
            if (leftOut.Add(problem.Message))
            {
                StoreLog.TrimFailed(store.Logger, key, problem);
            }
        }
    }

    // What can be told from the head alone, so that short threads cost nothing.
    private bool MayBeTrimmed(ThreadHead head)
        => policyOf(head)?.Of(head.Status) is { HasRules: true } policy
            && (head.Version - head.FirstVersion >= RetentionPolicy.NewestKept || policy.MaxMessages < head.MessageCount || (policy.MaxMessageAge is not null && head.MessageCount > 0));

    private async ValueTask<TrimResult> TrimAsync(ThreadHead head, TrimResult result, CancellationToken cancellationToken)
    {
        try
        {
            if (!MayBeTrimmed(head) && !head.Properties.ContainsKey(HeadProperties.Dropping))
            {
                return result;
            }

            var trimming = new Trimming(store, head.Key, policyOf);
            if (!options.DryRun)
            {
                await Maintenance.FinishDropAsync(store, head, cancellationToken).ConfigureAwait(false);
            }

            var plan = await trimming.RunAsync(options.DryRun, cancellationToken).ConfigureAwait(false);
            if (plan is null or { IsEmpty: true })
            {
                return result;
            }

            options.Progress?.Report(plan);
            return result with { Trimmed = result.Trimmed + 1, Versions = result.Versions + plan.DroppedVersions, Messages = result.Messages + plan.HiddenMessages };
        }
        catch (AgentStateException e) when (e is not StoreUnavailableException)
        {
            StoreLog.TrimFailed(store.Logger, head.Key, e);
            return result with { Failed = result.Failed + 1 };
        }
    }
}
