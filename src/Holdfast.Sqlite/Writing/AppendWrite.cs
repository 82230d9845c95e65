using Holdfast.Logs;
using Holdfast.Sqlite.Rows;

namespace Holdfast.Sqlite.Writing;

/// <summary>Appends an entry and replaces the head.</summary>
internal sealed class AppendWrite(AppendRequest request) : PendingWrite<AppendResult>
{
    public override long Size => request.Entry.Body.Length;

    protected override AppendResult Execute(WriterConnection writer)
    {
        var stored = writer.FindForAppend(request.Entry.Key);
        if (AppendRules.Decide(request, stored?.Head, version => writer.CommitIdAt(stored!.Value, version)) is { } refused)
        {
            return refused;
        }

        var head = AppendRules.HeadAfter(request, stored?.Head);
        if (stored is { } thread)
        {
            Continue(writer, thread, head);
        }
        else
        {
            Begin(writer, head);
        }

        return AppendResult.Appended(request.Entry.Version);
    }

    private void Continue(WriterConnection writer, in StoredThread stored, ThreadHead head)
    {
        writer.Append(stored.Number, request.Entry, head);
        var changes = HeadComparison.Compare(stored.Head, head);
        if (changes != HeadChanges.None)
        {
            writer.Threads.Update(stored.Number, head, changes, stored.MetadataHash);
        }

        if ((changes & HeadChanges.Indexed) == HeadChanges.None)
        {
            // What the caller could still change or dispose of is not remembered.
            writer.Remember(new(stored.Number, head with { Metadata = stored.Head.Metadata, Terms = stored.Head.Terms }, stored.MetadataHash));
            return;
        }

        writer.Terms.Replace(stored.Number, stored.Head, head);
        writer.Forget(head.Key);
    }

    private void Begin(WriterConnection writer, ThreadHead head)
    {
        var number = writer.Threads.Insert(head);
        writer.Append(number, request.Entry, head);
        if (head.Metadata.Count == 0 && head.Terms.Count == 0)
        {
            writer.Remember(new(number, head with { Metadata = ThreadHead.EmptyMetadata, Terms = [] }, RowHash.Of([])));
            return;
        }

        writer.Terms.Replace(number, before: null, head);
    }
}
