using Holdfast.DynamoDb.Bodies;
using Holdfast.DynamoDb.Connecting;
using Holdfast.DynamoDb.Maintenance;
using Holdfast.DynamoDb.Rows;
using Holdfast.Logs;

namespace Holdfast.DynamoDb.Writing;

/// <summary>Appends: one transaction that puts the entry and changes the head from exactly what the request expects.</summary>
internal sealed class Appender(Table table, BodyStore bodies, Eraser eraser)
{
    /// <summary>The highest version that a sort key has room for.</summary>
    private const long LastVersion = uint.MaxValue;

    public async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken)
    {
        AppendRules.Check(request);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(request.Entry.Version, LastVersion);
        var life = request.Head.Life;
        while (true)
        {
            var body = await bodies.PrepareAsync(request.Entry, life, cancellationToken).ConfigureAwait(false);
            var (result, stored) = await TryAsync(request, life, body, cancellationToken).ConfigureAwait(false);
            if (result is { } settled)
            {
                return settled;
            }

            life = stored ?? life;
        }
    }

    private async Task<(AppendResult? Result, CommitId? Life)> TryAsync(AppendRequest request, CommitId life, StoredBody body, CancellationToken cancellationToken)
    {
        try
        {
            var what = $"append version {request.Entry.Version} to thread '{request.Entry.Key}'";
            var reasons = await table.TransactAsync(what, Transaction(request, life, body), cancellationToken).ConfigureAwait(false);
            if (reasons is null)
            {
                return (AppendResult.Appended(request.Entry.Version), null);
            }

            var answer = await UnderstandAsync(request, life, reasons).ConfigureAwait(false);
            await bodies.TryAbandonAsync(request.Entry, life, body.Chunks).ConfigureAwait(false);
            return answer;
        }
        catch (Exception e) when (e is not StoreUnavailableException)
        {
            await bodies.TryAbandonAsync(request.Entry, life, body.Chunks).ConfigureAwait(false);
            throw;
        }
    }

    private List<TransactWriteItem> Transaction(AppendRequest request, CommitId life, StoredBody body)
    {
        var (key, version) = (request.Entry.Key, request.Entry.Version);
        var place = Place.Of(key, life);
        List<KeyValuePair<string, AttributeValue?>> attributes = [.. HeadItem.Commits(request.Head), .. request.Begins || !request.KeepExpiry ? HeadItem.Expiry(request.Head.ExpiresAt) : []];

        var (head, entry) = (new Expression(), new Expression());
        string condition;
        if (request.Begins)
        {
            condition = head.Missing(Attr.Partition);
            attributes.AddRange([new(Attr.First, Values.Of(version)), new(Attr.Life, new(Place.TextOf(life))), .. HeadItem.Properties(request.Head.Properties)]);
        }
        else
        {
            condition = string.Join(
                " AND ", head.Is(Attr.Version, Values.Of(version - 1)), head.Is(Attr.Chain, Values.Of(request.After)), head.Is(Attr.Life, Place.TextOf(life)));
        }

        List<TransactWriteItem> writes =
        [
            table.Update(Keys.HeadOf(key), head, condition, attributes),
            table.Put(EntryItem.Write(request.Entry, place, request.Head.ChainHash, body), entry, entry.Missing(Attr.Partition)),
        ];
        if (body.Chunks is { } chunks)
        {
            var work = new Expression();
            writes.Add(table.Delete(WorkItem.KeyOf(chunks.Upload), work, WorkItem.IsOpenCondition(work)));
        }

        if (request.Begins && life != request.Entry.CommitId)
        {
            // A life that was there before may have left a trunk, or what an erase has yet to remove. A new one meets nothing.
            writes.AddRange(eraser.IsFree(key, life));
        }

        return writes;
    }

    /// <summary>What conditions that did not hold mean; no result when the append is to be tried again, with the life that the thread has.</summary>
    private async ValueTask<(AppendResult? Result, CommitId? Life)> UnderstandAsync(AppendRequest request, CommitId life, List<CancellationReason> reasons)
    {
        var key = request.Entry.Key;
        var (isHeadOther, isEntryThere) = (Failed(reasons[0]), Failed(reasons[1]));
        if (!isHeadOther && !isEntryThere)
        {
            // Either the upload took so long that it was taken for an orphan, or the life that is to begin is not gone yet.
            return (request.Begins ? await SettleLifeAsync(request, life).ConfigureAwait(false) : null, null);
        }

        // Every condition is said to be told of. Where the one on the head is not, its state is read rather than believed.
        var head = isHeadOther
            ? reasons[0].Item is { Count: > 0 } item ? HeadItem.Read(item, key) : null
            : await table.GetHeadAsync(key, CancellationToken.None).ConfigureAwait(false);
        var standing = await StandingAsync(request, life, head, isEntryThere ? reasons[1].Item : null).ConfigureAwait(false);
        if (AppendRules.Decide(request, head?.Head, _ => standing) is { } decided)
        {
            return (decided, null);
        }

        if (!isEntryThere || (head is not null && head.Head.Life != life))
        {
            return (null, head?.Head.Life);
        }

        return head is null
            ? (await SettleLifeAsync(request, life).ConfigureAwait(false), null)
            : throw Corrupt(request, $"the head was expected to know of every entry; it stands at version {request.Entry.Version - 1}, and an entry stands after it.");
    }

    /// <summary>The commit id of the entry at the version of the request, if the thread has that version.</summary>
    private async ValueTask<CommitId?> StandingAsync(AppendRequest request, CommitId life, HeadItem? head, Item? told)
    {
        var (key, version) = (request.Entry.Key, request.Entry.Version);
        if (head is null || version < head.Head.FirstVersion || version > head.Head.Version || head.Head.Life != life)
        {
            return null;
        }

        var item = told is { Count: > 0 }
            ? told
            : await table.GetAsync($"read version {version} of thread '{key}'", head.Place.Entry(version), CancellationToken.None).ConfigureAwait(false);
        return item is null ? null : EntryItem.Read(item, key, head.Place, version).Entry.CommitId;
    }

    /// <summary>Makes way for a life that is to begin; with a result when it cannot, because it is there under another name.</summary>
    private async ValueTask<AppendResult?> SettleLifeAsync(AppendRequest request, CommitId life)
    {
        var key = request.Entry.Key;
        var place = Place.Of(key, life);
        if (await eraser.FinishAsync(place).ConfigureAwait(false))
        {
            return null;
        }

        if (await eraser.IsElsewhereAsync(key, life).ConfigureAwait(false))
        {
            return AppendResult.Conflict(0);
        }

        // Nothing may be in the way any more, unless another has begun the thread meanwhile.
        return await table.GetAsync($"read an entry of thread '{key}'", place.Entry(request.Entry.Version), CancellationToken.None).ConfigureAwait(false) is not null
            && await table.GetAsync($"read the head of thread '{key}'", Keys.HeadOf(key), CancellationToken.None).ConfigureAwait(false) is null
                ? throw Corrupt(request, "an entry stands there, and there is no head that knows of it.")
                : null;
    }

    private static CorruptStateException Corrupt(AppendRequest request, string what) => new(request.Entry.Key, request.Entry.Version, what);

    private static bool Failed(CancellationReason reason) => reason.Code == "ConditionalCheckFailed";
}
