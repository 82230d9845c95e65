using Holdfast.Logs;

namespace Holdfast;

/// <summary>Takes along, with a fork that is copied, what it shows of other threads: with the thread itself where that is copied too, otherwise as a trunk, pinned for the fork.</summary>
/// <param name="source">Where the fork is.</param>
/// <param name="target">Where it is copied to.</param>
/// <param name="selection">What is copied.</param>
/// <param name="fork">The fork.</param>
internal sealed class OriginCopy(StoreContext source, StoreContext target, ThreadSelection selection, ThreadHead fork)
{
    /// <summary>Sees to it that the target has what the fork shows, with its pins.</summary>
    /// <remarks>Before the fork is copied, so that it is never shown without its past; and after it, since a clean-up of the target removes pins, and trunks, of a fork that is not there.</remarks>
    /// <exception cref="HistoryDroppedException">The source does not have it any more.</exception>
    public async ValueTask EnsureAsync(CancellationToken cancellationToken)
    {
        foreach (var origin in (await ForkReading.FirstAsync(source, fork, cancellationToken).ConfigureAwait(false))?.Origins ?? [])
        {
            var pin = new Pin { Life = fork.Life, Key = fork.Key, From = origin.From, To = origin.To };
            while (await PinAsync(origin, pin, cancellationToken).ConfigureAwait(false) is false)
            {
                await CopyAsync(origin, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async ValueTask<bool> PinAsync(Origin origin, Pin pin, CancellationToken cancellationToken)
        => await ForkReading.FindAsync(target, fork.Key, origin, cancellationToken).ConfigureAwait(false) is { } head
            && HeadProperties.IsShown(head) && head.FirstVersion <= origin.From && head.Version >= origin.To
            && (head.Pins!.Contains(pin)
                || await target.Unguarded.UpdateHeadAsync(new() { Key = head.Key, IfLife = head.Life, IfRevision = head.Revision, AddPins = [pin] }, cancellationToken).ConfigureAwait(false) is not null);

    private async ValueTask CopyAsync(Origin origin, CancellationToken cancellationToken)
    {
        var head = await ForkReading.FindAsync(source, fork.Key, origin, cancellationToken).ConfigureAwait(false);
        if (head is null || head.FirstVersion > origin.From || head.Version < origin.To)
        {
            throw new HistoryDroppedException(fork.Key, origin.From, fork.FirstVersion, $"Thread '{fork.Key}' cannot be copied: it shows versions {origin.From} to {origin.To} of thread '{origin.Id}', which are gone.");
        }

        // Of a thread that is not copied itself, no later version is taken.
        var isWhole = head.Key.Space == ThreadSpace.Threads && await selection.ContainsAsync(head, cancellationToken).ConfigureAwait(false);
        var entries = isWhole
            ? new LogSource(source.Unguarded, head with { Pins = null })
            : await OriginPart.OfAsync(source, head, origin.From, origin.To, cancellationToken).ConfigureAwait(false);
        await new ThreadCopy(entries, target).RunAsync(_ => { }, cancellationToken).ConfigureAwait(false);
    }
}
