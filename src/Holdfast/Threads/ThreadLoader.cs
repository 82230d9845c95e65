using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast;

/// <summary>Reads the state of a thread, at any point.</summary>
internal static class ThreadLoader
{
    /// <summary>How often in a row maintenance may change a thread while it is read.</summary>
    private const int MostAttempts = 10;

    public static async ValueTask<AgentState?> LoadAsync(StoreContext store, ThreadKey key, LoadOptions options, CancellationToken cancellationToken)
    {
        options.Validate();
        using var activity = Telemetry.StartLoad(key);
        for (var attempt = 1; ; attempt++)
        {
            ThreadHead? head = null;
            try
            {
                return await LoadAsync(store, key, options, seen => head = seen, cancellationToken).ConfigureAwait(false);
            }
            catch (HistoryDroppedException) when (head is not null && attempt < MostAttempts)
            {
                // Messages that were there when the version was folded may be gone by now; the version is not.
                if (!await Maintenance.HasChangedAsync(store, head, cancellationToken).ConfigureAwait(false))
                {
                    throw;
                }
            }
        }
    }

    private static async ValueTask<AgentState?> LoadAsync(StoreContext store, ThreadKey key, LoadOptions options, Action<ThreadHead?> seen, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            if (await PointFold.ReadAsync(store, key, options.Point, cancellationToken).ConfigureAwait(false) is not { } fold)
            {
                return null;
            }

            seen(fold.Head);
            var reader = new HistoryReader(store.EntriesOf(key, fold.Head, fold.State), key, fold.State.Shown, fold.Recent, fold.Version);
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
        if (await PointFold.ReadAsync(store, key, options.Point, cancellationToken).ConfigureAwait(false) is not { } fold)
        {
            yield break;
        }

        var reader = new RecordReader(store.EntriesOf(key, fold.Head, fold.State), key);
        var end = RecordReader.EndOf(fold.State, StoredRecord.Decision, key, fold.Version);
        await foreach (var (place, record, commit) in reader.BackwardAsync(StoredRecord.Decision, end, cancellationToken).ConfigureAwait(false))
        {
            yield return DecisionCodec.Read(record.Json, place, commit);
        }
    }

    /// <summary>A record as of a point; null if there is none.</summary>
    public static async ValueTask<JsonElement?> RecordAsync(StoreContext store, ThreadKey key, string name, ThreadPoint point, CancellationToken cancellationToken)
        => !SectionNames.IsReserved(name)
            && await PointFold.ReadAsync(store, key, point, cancellationToken).ConfigureAwait(false) is { } fold
            && fold.State.TryGet(SectionNames.Records, name, out var pointer)
                ? Utf8Json.Parse(await new RecordReader(store.EntriesOf(key, fold.Head, fold.State), key).NamedAsync(name, pointer, cancellationToken).ConfigureAwait(false))
                : null;

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
}
