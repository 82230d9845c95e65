using Holdfast.Logs;

namespace Holdfast.Sqlite.Writing;

/// <summary>Removes a thread with all its entries; the answer is whether it did.</summary>
internal sealed class EraseWrite(ThreadKey key, ThreadHead? ifUnchanged) : PendingWrite<bool>
{
    protected override bool Execute(WriterConnection writer)
    {
        if (writer.Threads.FindNumber(key) is not { } number)
        {
            return false;
        }

        try
        {
            var head = writer.Threads.FindHead(key)!.Value.Head;
            if (ifUnchanged is not null && !head.IsUnchangedSince(ifUnchanged))
            {
                return false;
            }

            writer.Metadata.Replace(number, key.Tenant, head.Metadata, ThreadHead.EmptyMetadata);
        }
        catch (CorruptStateException) when (ifUnchanged is null)
        {
            // A damaged thread can still be removed.
            writer.Metadata.Remove(number);
        }

        writer.Entries.DeleteBelow(number, long.MaxValue);
        writer.Threads.Delete(number);
        return true;
    }
}
