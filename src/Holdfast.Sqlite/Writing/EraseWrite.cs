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

        var expected = long.MaxValue;
        try
        {
            var head = writer.Find(key)!.Value.Head;
            if (ifUnchanged is not null && !head.IsUnchangedSince(ifUnchanged))
            {
                return false;
            }

            expected = head.Version - writer.Threads.Oldest(number) + 1;
            writer.Metadata.Replace(number, key.Tenant, head.Metadata, ThreadHead.EmptyMetadata);
        }
        catch (CorruptStateException) when (ifUnchanged is null)
        {
            // A damaged thread can still be removed.
            writer.Metadata.Remove(number);
        }

        if (writer.DeleteBelow(number, long.MaxValue) != expected)
        {
            // Where some of its entries are is not known any more, but they must go.
            writer.Entries.DeleteEverywhere(number);
        }

        writer.Threads.Delete(number);
        writer.Forget(key);
        return true;
    }
}
