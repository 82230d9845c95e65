using Holdfast.Logs;

namespace Holdfast.Sqlite.Writing;

/// <summary>Replaces bodies and drops the oldest entries; the answer is whether the thread is there.</summary>
internal sealed class RewriteWrite(ThreadKey key, IReadOnlyDictionary<long, ReadOnlyMemory<byte>> replacements, long dropBelow) : PendingWrite<bool>
{
    public override long Size => replacements.Values.Sum(body => (long)body.Length);

    protected override bool Execute(WriterConnection writer)
    {
        if (writer.Find(key) is not var (number, head, _))
        {
            return false;
        }

        var oldest = writer.Threads.Oldest(number);
        RewriteRules.Check(head, oldest, replacements, dropBelow);
        foreach (var (version, body) in replacements)
        {
            if (writer.Locate(number, version) is { } sequence)
            {
                writer.Entries.ReplaceBody(key, number, version, sequence, body.Span);
            }
        }

        if (dropBelow > oldest)
        {
            writer.DeleteBelow(number, dropBelow);
            writer.Threads.SetOldest(number, dropBelow);
        }

        return true;
    }
}
