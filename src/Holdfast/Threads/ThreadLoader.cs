using Holdfast.Logs;

namespace Holdfast;

/// <summary>Reads the state of a thread, at its end or at an earlier version.</summary>
internal static class ThreadLoader
{
    public static async ValueTask<AgentState?> LoadAsync(StoreContext store, ThreadKey key, LoadOptions options, CancellationToken cancellationToken)
    {
        options.Validate();
        if (await FoldAsync(store, key, options.Version, cancellationToken).ConfigureAwait(false) is not { } fold)
        {
            return null;
        }

        var reader = new HistoryReader(store, key, fold.State.History, fold.Recent, fold.Version, fold.FirstVersion);
        List<StoredMessage> messages;
        if (options.LastMessages is { } last)
        {
            messages = await LastMessages.OfAsync(reader.BackwardAsync(null, cancellationToken), last).ConfigureAwait(false);
        }
        else
        {
            messages = await reader.BackwardAsync(null, cancellationToken).Select(message => message.Message).ToListAsync(cancellationToken).ConfigureAwait(false);
            messages.Reverse();
        }

        return AgentState.Of(key, fold.Version, fold.Position, fold.State, messages, options, reader.HasDropped);
    }

    private static async ValueTask<Fold?> FoldAsync(StoreContext store, ThreadKey key, long? version, CancellationToken cancellationToken)
    {
        long firstVersion = 1;
        CommitId? life = null;
        try
        {
            var tail = await store.Calls.ReadTailAsync(key, cancellationToken: cancellationToken).ConfigureAwait(false);
            if (tail is null || version > tail.Head.Version || !await IsVisibleAsync(store, tail.Head, cancellationToken).ConfigureAwait(false))
            {
                return null;
            }

            (firstVersion, life) = (tail.Head.FirstVersion, tail.Head.Life);
            if (version is null || version == tail.Head.Version)
            {
                var fold = TailFold.Of(store.Bodies, tail);
                return new(fold.State, fold.Recent, tail.Head.Version, firstVersion, tail.Head.ThreadPosition);
            }
        }
        catch (CorruptStateException) when (version is not null)
        {
            // The end of the thread is damaged; the version that is asked for may be whole.
        }

        var (state, recent, chain) = await PastFold.AtAsync(store.Calls, store.Bodies, key, version.Value, firstVersion, cancellationToken).ConfigureAwait(false);
        return new(state, recent, version.Value, firstVersion, life is { } known ? ThreadPosition.Of(known, version.Value, chain) : null);
    }

    /// <summary>Whether a thread is there for those who do not ask for deleted or expired ones.</summary>
    public static async ValueTask<bool> IsVisibleAsync(StoreContext store, ThreadHead head, CancellationToken cancellationToken)
        => head.DeletedAt is null && (head.ExpiresAt is null || !head.IsExpired(await store.NowAsync(cancellationToken).ConfigureAwait(false)));

    private sealed record Fold(ThreadState State, List<EntryMessages> Recent, long Version, long FirstVersion, ThreadPosition? Position);
}
