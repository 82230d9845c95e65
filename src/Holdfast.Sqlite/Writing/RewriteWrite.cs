using Holdfast.Logs;

namespace Holdfast.Sqlite.Writing;

/// <summary>Replaces bodies and drops the oldest entries; the answer is whether the thread is there.</summary>
internal sealed class RewriteWrite(ThreadKey key, IReadOnlyDictionary<long, ReadOnlyMemory<byte>> replacements, long dropBelow) : PendingWrite<bool>
{
    public override long Size => replacements.Values.Sum(body => (long)body.Length);

    protected override bool Execute(WriterConnection writer)
    {
        if (writer.Threads.FindHead(key) is not var (number, head))
        {
            return false;
        }

        RewriteRules.Check(head, writer.Entries.FirstVersion(number), replacements, dropBelow);
        foreach (var (version, body) in replacements)
        {
            writer.Entries.ReplaceBody(number, version, body.Span);
        }

        writer.Entries.DeleteBelow(number, dropBelow);
        return true;
    }
}
