using Holdfast.Logs;
using Holdfast.Sqlite.Writing;

namespace Holdfast.Sqlite.Maintenance;

/// <summary>Removes a thread with all its entries, or renames it to a trunk; the answer is whether it did.</summary>
internal sealed class EraseWrite(EraseRequest request) : PendingWrite<bool>
{
    protected override bool Execute(WriterConnection writer)
    {
        if (writer.Threads.FindNumber(request.Key) is not { } number)
        {
            return false;
        }

        writer.Forget(request.Key);
        var expected = long.MaxValue;
        try
        {
            var thread = writer.Find(request.Key)!.Value;
            var head = thread.Head;
            if (request.IfUnchanged is { } stamp && stamp != head.Stamp)
            {
                return false;
            }

            if (request.KeepAsTrunk)
            {
                Rename(writer, thread);
                return true;
            }

            expected = head.Version - head.FirstVersion + 1;
            writer.Terms.Replace(number, head, after: null);
        }
        catch (Exception e) when (e is CorruptStateException or UnknownFormatException && request is { IfUnchanged: null, KeepAsTrunk: false })
        {
            // A damaged thread can still be removed.
            writer.Terms.Remove(number);
        }

        if (writer.DeleteBelow(number, long.MaxValue) != expected)
        {
            // Where some of its entries are is not known any more, but they must go.
            writer.Entries.DeleteEverywhere(number);
        }

        writer.Pins.RemoveAll(number);
        writer.Threads.Delete(number);
        return true;
    }

    private static void Rename(WriterConnection writer, in StoredThread thread)
    {
        var trunk = thread.Head with { Key = ThreadKey.Trunk(thread.Head.Key, thread.Head.Life) };
        writer.Threads.Rename(thread.Number, trunk, thread.MetadataHash);
        writer.Terms.Replace(thread.Number, thread.Head, trunk);
        writer.Forget(trunk.Key);
    }
}
