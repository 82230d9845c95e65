using Holdfast.Logs;
using Holdfast.Sqlite.Rows;

namespace Holdfast.Sqlite.Writing;

/// <summary>Appends an entry and replaces the head.</summary>
internal sealed class AppendWrite(AppendRequest request) : PendingWrite<AppendResult>
{
    public override long Size => request.Entry.Body.Length;

    protected override AppendResult Execute(WriterConnection writer)
    {
        var entry = request.Entry;
        if (writer.FindForAppend(entry.Key) is not var (number, stored, metadata))
        {
            return entry.Version == 1 && request.After == ChainHash.Start ? Begin(writer) : AppendResult.Conflict(0);
        }

        if (entry.Version <= stored.Version && writer.Locate(number, entry.Version) is { } sequence && writer.Entries.Has(sequence, entry.CommitId))
        {
            return AppendResult.Duplicate(stored.Version);
        }

        if (entry.Version != stored.Version + 1 || request.After != stored.ChainHash)
        {
            return AppendResult.Conflict(stored.Version);
        }

        var head = request.KeepExpiry && request.Head.ExpiresAt != stored.ExpiresAt ? request.Head with { ExpiresAt = stored.ExpiresAt } : request.Head;
        writer.Append(number, entry, head);
        var changes = HeadComparison.Compare(stored, head);
        if (changes != HeadChanges.None)
        {
            writer.Threads.Update(number, head, changes, metadata);
        }

        if (changes.HasFlag(HeadChanges.Metadata))
        {
            writer.Metadata.Replace(number, entry.Key.Tenant, stored.Metadata, head.Metadata);
            writer.Forget(entry.Key);
        }
        else
        {
            writer.Remember(number, head, stored.Metadata, metadata);
        }

        return AppendResult.Appended(entry.Version);
    }

    private AppendResult Begin(WriterConnection writer)
    {
        var (entry, head) = (request.Entry, request.Head);
        var number = writer.Threads.Insert(head);
        writer.Append(number, entry, head);
        if (head.Metadata.Count > 0)
        {
            writer.Metadata.Replace(number, entry.Key.Tenant, ThreadHead.EmptyMetadata, head.Metadata);
        }
        else
        {
            writer.Remember(number, head, ThreadHead.EmptyMetadata, RowHash.Of([]));
        }

        return AppendResult.Appended(entry.Version);
    }
}
