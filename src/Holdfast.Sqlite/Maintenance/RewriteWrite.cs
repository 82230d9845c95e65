using Holdfast.Logs;
using Holdfast.Sqlite.Writing;

namespace Holdfast.Sqlite.Maintenance;

/// <summary>Replaces bodies and drops the oldest entries; the answer is whether the thread is there and unchanged.</summary>
internal sealed class RewriteWrite(RewriteRequest request) : PendingWrite<bool>
{
    public override long Size => request.Replacements.Values.Sum(body => (long)body.Length);

    protected override bool Execute(WriterConnection writer)
    {
        if (writer.Find(request.Key) is not { } thread || (request.IfUnchanged is { } stamp && stamp != thread.Head.Stamp))
        {
            return false;
        }

        var head = thread.Head;
        var drops = RewriteRules.Drops(request, head);
        RewriteRules.Check(request, head, drops && request.DropBelow <= head.Version && writer.IsKeyframe(thread, request.DropBelow));
        if (!RewriteRules.Changes(request, head))
        {
            return true;
        }

        foreach (var (version, body) in request.Replacements)
        {
            writer.Entries.ReplaceBody(thread, version, writer.Locate(thread, version), body.Span);
        }

        if (drops)
        {
            writer.DeleteBelow(thread.Number, request.DropBelow);
        }

        var after = RewriteRules.HeadAfter(request, head);
        writer.Threads.SetUpkeep(thread.Number, after);
        writer.Remember(thread with { Head = after });
        return true;
    }
}
