using Holdfast.Logs;

namespace Holdfast;

/// <summary>Reads what a fork shows of other threads.</summary>
internal static class ForkReading
{
    /// <summary>Whether a thread is a fork.</summary>
    public static bool IsFork(ThreadHead head) => head.Properties.ContainsKey(HeadProperties.ForkedFrom);

    /// <summary>The state of the oldest entry of a fork, with the origins as far as they are still there; null if the fork is gone, or no fork.</summary>
    /// <exception cref="CorruptStateException">The entry is damaged.</exception>
    public static async ValueTask<ThreadState?> FirstAsync(StoreContext store, ThreadHead head, CancellationToken cancellationToken)
    {
        if (!IsFork(head))
        {
            return null;
        }

        var walk = new EntryWalk(store.Bodies, head.Key) { Expected = head.FirstVersion };
        var request = new ReadRequest { Key = head.Key, From = head.FirstVersion, To = head.FirstVersion, Life = head.Life };
        await foreach (var entry in store.Unguarded.ReadAsync(request, cancellationToken).ConfigureAwait(false))
        {
            var state = walk.Open(entry).Body.State;
            if (state is not null)
            {
                state.Origins = LostPast.LeftOf(head, state.Origins);
            }

            return state;
        }

        return null;
    }

    /// <summary>Where an origin of a fork stands, with its pins; null if it is not there any more.</summary>
    public static async ValueTask<ThreadHead?> FindAsync(StoreContext store, ThreadKey fork, Origin origin, CancellationToken cancellationToken)
    {
        foreach (var place in origin.PlacesFor(fork))
        {
            var head = await store.Unguarded.GetHeadAsync(new HeadRequest { Key = place, WithPins = true }, cancellationToken).ConfigureAwait(false);
            if (head?.Life == origin.Life)
            {
                return head;
            }
        }

        return null;
    }
}
