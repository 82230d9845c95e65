using System.Runtime.CompilerServices;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Lists the forks of a thread, by its pins.</summary>
internal static class ForkListing
{
    /// <inheritdoc cref="ThreadHandle.ForksAsync"/>
    public static async IAsyncEnumerable<ThreadInfo> ListAsync(StoreContext store, ThreadKey key, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var head = await store.Calls.GetHeadAsync(new HeadRequest { Key = key, WithPins = true }, cancellationToken).ConfigureAwait(false);
        if (head is null || !await store.IsVisibleAsync(head, cancellationToken).ConfigureAwait(false))
        {
            yield break;
        }

        var forks = new List<ThreadHead>();
        foreach (var pin in head.Pins!)
        {
            if (await store.Calls.GetHeadAsync(pin.Key, cancellationToken).ConfigureAwait(false) is { } fork && fork.Life == pin.Life
                && await store.IsVisibleAsync(fork, cancellationToken).ConfigureAwait(false))
            {
                forks.Add(fork);
            }
        }

        foreach (var fork in forks.OrderBy(fork => fork.FirstVersion).ThenBy(fork => fork.CreatedAt).ThenBy(fork => fork.Key.Id.Value, StringComparer.Ordinal))
        {
            yield return ThreadInfo.Of(fork);
        }
    }
}
