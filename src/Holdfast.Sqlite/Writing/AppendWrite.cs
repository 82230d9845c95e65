using Holdfast.Logs;
using Holdfast.Sqlite.Rows;

namespace Holdfast.Sqlite.Writing;

/// <summary>Appends an entry and replaces the head.</summary>
internal sealed class AppendWrite(AppendRequest request) : PendingWrite<AppendResult>
{
    public override long Size => request.Entry.Body.Length;

    protected override AppendResult Execute(WriterConnection writer)
    {
        var (entry, head) = (request.Entry, request.Head);
        if (writer.Threads.Find(entry.Key, head) is not { } stored)
        {
            return entry.Version == 1 && request.After == ChainHash.Start ? Begin(writer) : AppendResult.Conflict(0);
        }

        if (entry.Version <= stored.Version && writer.Entries.Has(stored.Number, entry.Version, entry.CommitId))
        {
            return AppendResult.Duplicate(stored.Version);
        }

        if (entry.Version != stored.Version + 1 || request.After != stored.Chain)
        {
            return AppendResult.Conflict(stored.Version);
        }

        writer.Entries.Insert(stored.Number, entry);
        writer.Threads.Update(stored.Number, head, request.KeepExpiry ? stored.Changes & ~HeadChanges.Expiry : stored.Changes);
        if (stored.Changes.HasFlag(HeadChanges.Metadata))
        {
            var before = MetadataJson.Read(stored.Metadata.Span, entry.Key);
            writer.Metadata.Replace(stored.Number, entry.Key.Tenant, before, head.Metadata);
        }

        return AppendResult.Appended(entry.Version);
    }

    private AppendResult Begin(WriterConnection writer)
    {
        var (entry, head) = (request.Entry, request.Head);
        var number = writer.Threads.Insert(head);
        writer.Entries.Insert(number, entry);
        writer.Metadata.Replace(number, entry.Key.Tenant, ThreadHead.EmptyMetadata, head.Metadata);
        return AppendResult.Appended(entry.Version);
    }
}
