using Holdfast.DynamoDb.Bodies;
using Holdfast.DynamoDb.Items;
using Holdfast.DynamoDb.Maintenance;
using Holdfast.DynamoDb.Requests;
using Holdfast.Logs;

namespace Holdfast.DynamoDb.Appending;

/// <summary>Appends: one transaction that puts the entry and changes the head from exactly what the request expects.</summary>
internal sealed class Appender(Table table, BodyStore bodies, Eraser eraser)
{
    /// <summary>The highest version that a sort key has room for.</summary>
    private const long LastVersion = uint.MaxValue;

    public async ValueTask<AppendResult> AppendAsync(AppendRequest request, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(request.Head.Version, request.Entry.Version);
        ArgumentOutOfRangeException.ThrowIfLessThan(request.Entry.Version, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(request.Entry.Version, LastVersion);
        while (true)
        {
            var body = await bodies.PrepareAsync(request.Entry, cancellationToken).ConfigureAwait(false);
            var result = await TryAsync(request, body, cancellationToken).ConfigureAwait(false);
            if (result is { } settled)
            {
                return settled;
            }
        }
    }

    private async Task<AppendResult?> TryAsync(AppendRequest request, StoredBody body, CancellationToken cancellationToken)
    {
        try
        {
            var what = $"append version {request.Entry.Version} to thread '{request.Entry.Key}'";
            var reasons = await table.TransactAsync(what, Transaction(request, body), cancellationToken).ConfigureAwait(false);
            if (reasons is null)
            {
                return AppendResult.Appended(request.Entry.Version);
            }

            var result = await UnderstandAsync(request, reasons).ConfigureAwait(false);
            await bodies.TryAbandonAsync(request.Entry, body.Chunks).ConfigureAwait(false);
            return result;
        }
        catch (Exception e) when (e is not StoreUnavailableException)
        {
            await bodies.TryAbandonAsync(request.Entry, body.Chunks).ConfigureAwait(false);
            throw;
        }
    }

    private List<TransactWriteItem> Transaction(AppendRequest request, StoredBody body)
    {
        var (key, version) = (request.Entry.Key, request.Entry.Version);
        var attributes = HeadItem.Attributes(request.Head);
        var head = new Expression();
        string condition;
        if (version == 1)
        {
            condition = head.Missing(Attr.Partition);
            if (request.After != ChainHash.Start)
            {
                // Cannot hold; what is there comes back with the answer.
                condition += $" AND {head.Is(Attr.Chain, Values.Of(request.After))}";
            }

            attributes.Add(Attr.First, Values.Of(1));
            attributes.Add(Attr.Life, new(Guid.NewGuid().ToString("N")));
        }
        else
        {
            condition = $"{head.Is(Attr.Version, Values.Of(version - 1))} AND {head.Is(Attr.Chain, Values.Of(request.After))} AND {head.Missing(Attr.Erased)}";
            if (request.KeepExpiry)
            {
                attributes.Remove(Attr.Expires);
            }
        }

        var entry = new Expression();
        List<TransactWriteItem> writes =
        [
            table.Update(Keys.HeadOf(key), head, condition, attributes),
            table.Put(EntryItem.Write(request.Entry, request.Head.ChainHash, body), entry, entry.Missing(Attr.Partition)),
        ];
        if (body.Chunks is { } chunks)
        {
            var work = new Expression();
            writes.Add(table.Delete(WorkItem.KeyOf(chunks.Upload), work, WorkItem.IsOpenCondition(work)));
        }

        return writes;
    }

    /// <summary>What conditions that did not hold mean; null when the append is to be tried again.</summary>
    private async ValueTask<AppendResult?> UnderstandAsync(AppendRequest request, List<CancellationReason> reasons)
    {
        var (key, version) = (request.Entry.Key, request.Entry.Version);
        var (isHeadOther, isEntryThere) = (Failed(reasons[0]), Failed(reasons[1]));
        if (!isHeadOther && !isEntryThere)
        {
            // The upload took so long that it was taken for an orphan.
            return null;
        }

        // Every condition is said to be told of. Where the one on the head is not, its state is read rather than believed.
        var head = isHeadOther
            ? reasons[0].Item is { Count: > 0 } item ? HeadItem.Read(item, key) : null
            : await table.GetHeadAsync(key, CancellationToken.None).ConfigureAwait(false);
        if (!isHeadOther && IsAsExpected(head, request))
        {
            throw new CorruptStateException(key, version, $"the head was expected to know of every entry; it stands at version {version - 1}, and an entry stands after it.");
        }

        if (head is null)
        {
            return AppendResult.Conflict(0);
        }

        if (head.IsErased)
        {
            if (version > 1 || request.After != ChainHash.Start)
            {
                return AppendResult.Conflict(0);
            }

            await eraser.FinishAsync(head).ConfigureAwait(false);
            return null;
        }

        var current = head.Head.Version;
        if (version < head.First || version > current)
        {
            return AppendResult.Conflict(current);
        }

        var standing = isEntryThere
            ? reasons[1].Item
            : await table.GetAsync($"read version {version} of thread '{key}'", Keys.Item(Keys.Thread(key), Keys.Entry(version)), CancellationToken.None).ConfigureAwait(false);
        return standing is { Count: > 0 } && EntryItem.Read(standing, key).Entry.CommitId == request.Entry.CommitId
            ? AppendResult.Duplicate(current)
            : AppendResult.Conflict(current);
    }

    private static bool IsAsExpected(HeadItem? head, AppendRequest request)
        => head is null
            ? request.Entry.Version == 1 && request.After == ChainHash.Start
            : !head.IsErased && head.Head.Version == request.Entry.Version - 1 && head.Head.ChainHash == request.After;

    private static bool Failed(CancellationReason reason) => reason.Code == "ConditionalCheckFailed";
}
