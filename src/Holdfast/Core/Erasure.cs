using Holdfast.Logs;

namespace Holdfast;

/// <summary>Erasing threads without cutting off what others show of them.</summary>
internal static class Erasure
{
    /// <summary>Removes a thread if it is still as its head says; one that is pinned is kept as a trunk.</summary>
    /// <returns>Whether it was removed.</returns>
    public static ValueTask<bool> EraseIfUnchangedAsync(ICommitLog log, ThreadHead head, CancellationToken cancellationToken)
        => log.EraseAsync(new EraseRequest { Key = head.Key, IfUnchanged = head.Stamp, KeepAsTrunk = head.PinCount > 0 && head.Key.Space == ThreadSpace.Threads }, cancellationToken);

    /// <summary>Removes a thread, whatever it has become meanwhile.</summary>
    /// <param name="log">The log.</param>
    /// <param name="key">The thread.</param>
    /// <param name="force">Whether a thread whose head cannot be read is removed too.</param>
    /// <param name="cancellationToken">Cancels the call before anything was removed.</param>
    /// <returns>Whether there was such a thread.</returns>
    /// <exception cref="CorruptStateException">Its head cannot be read.</exception>
    public static async ValueTask<bool> EraseAsync(ICommitLog log, ThreadKey key, bool force, CancellationToken cancellationToken)
    {
        while (true)
        {
            ThreadHead? head;
            try
            {
                head = await log.GetHeadAsync(key, cancellationToken).ConfigureAwait(false);
            }
            catch (CorruptStateException) when (force)
            {
                return await log.EraseAsync(new EraseRequest { Key = key }, cancellationToken).ConfigureAwait(false);
            }

            if (head is null || await EraseIfUnchangedAsync(log, head, cancellationToken).ConfigureAwait(false))
            {
                return head is not null;
            }
        }
    }
}
