using System.Diagnostics;
using System.Runtime.CompilerServices;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Reads the state of a thread, at its end or at an earlier version.</summary>
internal static class ThreadLoader
{
    public static async ValueTask<AgentState?> LoadAsync(StoreContext store, ThreadKey key, LoadOptions options, CancellationToken cancellationToken)
    {
        options.Validate();
        using var activity = Telemetry.StartLoad(key);
        var started = Stopwatch.GetTimestamp();
        try
        {
            if (await FoldAsync(store, key, options.Version, cancellationToken).ConfigureAwait(false) is not { } fold)
            {
                return null;
            }

            var reader = new HistoryReader(store.Calls, store.Bodies, key, fold.State.History, fold.Recent, fold.Version, fold.Head);
            var messages = await ReadAsync(reader, options.LastMessages, cancellationToken).ConfigureAwait(false);
            var took = Stopwatch.GetElapsedTime(started);
            Telemetry.Loaded(took);
            StoreLog.Loaded(store.Logger, key, fold.Version, messages.Count, took.TotalMilliseconds);
            var now = KeyTime.IsUsedIn(fold.State) ? await store.NowAsync(cancellationToken).ConfigureAwait(false) : default;
            return AgentState.Of(key, fold.Version, fold.Position, fold.State, messages, options, now, reader.HasDropped);
        }
        catch (ThreadNotFoundException)
        {
            // It was erased while it was read.
            return null;
        }
    }

    /// <summary>The decisions as of a version, newest first.</summary>
    public static async IAsyncEnumerable<Decision> DecisionsAsync(StoreContext store, ThreadKey key, LoadOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (await FoldAsync(store, key, options.Version, cancellationToken).ConfigureAwait(false) is not { } fold)
        {
            yield break;
        }

        var reader = new RecordReader(store.Calls, store.Bodies, key, fold.Head?.Life);
        var end = RecordReader.EndOf(fold.State, StoredRecord.Decision, key, fold.Version);
        await foreach (var (place, record, commit) in reader.BackwardAsync(StoredRecord.Decision, end, cancellationToken).ConfigureAwait(false))
        {
            yield return DecisionCodec.Read(record.Json, place, commit);
        }
    }

    private static async ValueTask<List<StoredMessage>> ReadAsync(HistoryReader reader, int? last, CancellationToken cancellationToken)
    {
        if (last is { } count)
        {
            return await LastMessages.OfAsync(reader.BackwardAsync(null, cancellationToken), count).ConfigureAwait(false);
        }

        var messages = await reader.BackwardAsync(null, cancellationToken).Select(message => message.Message).ToListAsync(cancellationToken).ConfigureAwait(false);
        messages.Reverse();
        return messages;
    }

    private static async ValueTask<Fold?> FoldAsync(StoreContext store, ThreadKey key, long? version, CancellationToken cancellationToken)
    {
        ThreadHead? head = null;
        try
        {
            var tail = await store.Calls.ReadTailAsync(key, cancellationToken: cancellationToken).ConfigureAwait(false);
            if (tail is null || version > tail.Head.Version || !await IsVisibleAsync(store, tail.Head, cancellationToken).ConfigureAwait(false))
            {
                return null;
            }

            head = tail.Head;
            if (version is null || version == tail.Head.Version)
            {
                var fold = TailFold.Of(store.Bodies, tail);
                return new(fold.State, fold.Recent, head.Version, head);
            }
        }
        catch (CorruptStateException) when (version is not null)
        {
            // The end of the thread is damaged; the version that is asked for may be whole.
        }

        var (state, recent, chain) = await PastFold.AtAsync(store.Calls, store.Bodies, key, version.Value, head, cancellationToken).ConfigureAwait(false);
        return new(state, recent, version.Value, head) { Chain = chain };
    }

    /// <summary>Whether a thread is there for those who do not ask for deleted or expired ones.</summary>
    public static async ValueTask<bool> IsVisibleAsync(StoreContext store, ThreadHead head, CancellationToken cancellationToken)
        => head.DeletedAt is null && (head.ExpiresAt is null || !head.IsExpired(await store.NowAsync(cancellationToken).ConfigureAwait(false)));

    // Without a head where the end of the thread is damaged.
    private sealed record Fold(ThreadState State, List<EntryMessages> Recent, long Version, ThreadHead? Head)
    {
        public Digest? Chain { get; init; } = Head?.ChainHash;

        public ThreadPosition? Position => Head is not null && Chain is { } chain ? ThreadPosition.Of(Head.Life, Version, chain) : null;
    }
}
