using Holdfast.Logs;

namespace Holdfast;

/// <summary>Tells damage from what others do to a thread while it is read, and ends what they were kept from ending.</summary>
internal static class Maintenance
{
    /// <summary>Whether a thread was trimmed, redacted or erased since its head was read: then what is missing, or is not what the head says, need not be damage.</summary>
    /// <param name="store">The store.</param>
    /// <param name="head">The head as it was read; null where it could not be.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public static ValueTask<bool> HasChangedAsync(StoreContext store, ThreadHead? head, CancellationToken cancellationToken) => HasChangedAsync(store.Calls, head, cancellationToken);

    /// <inheritdoc cref="HasChangedAsync(StoreContext, ThreadHead?, CancellationToken)"/>
    /// <param name="log">The log that the head was read from.</param>
    /// <param name="head">The head as it was read; null where it could not be.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public static async ValueTask<bool> HasChangedAsync(ICommitLog log, ThreadHead? head, CancellationToken cancellationToken)
    {
        try
        {
            return head is not null
                && (await log.GetHeadAsync(head.Key, cancellationToken).ConfigureAwait(false) is not { } now || now.Life != head.Life || now.Revision != head.Revision);
        }
        catch (AgentStateException e) when (e is CorruptStateException or UnknownFormatException)
        {
            return false;
        }
    }

    /// <summary>Drops from the archive what an earlier drop that was cut off has left there.</summary>
    /// <param name="store">The store.</param>
    /// <param name="head">The thread.</param>
    /// <param name="cancellationToken">Cancels it; the next one goes on.</param>
    /// <returns>Whether there may have been anything, so that the head is another one now.</returns>
    public static async ValueTask<bool> FinishDropAsync(StoreContext store, ThreadHead head, CancellationToken cancellationToken)
        => head.Properties.ContainsKey(HeadProperties.Dropping)
            && await store.Unguarded.RewriteAsync(new RewriteRequest { Key = head.Key, IfUnchanged = head.Stamp }, cancellationToken).ConfigureAwait(false);
}
