using Holdfast.Logs;
using Holdfast.Sqlite.Writing;

namespace Holdfast.Sqlite.Maintenance;

/// <summary>Changes what maintenance owns of a head; the answer is the head after it, or null.</summary>
internal sealed class HeadUpdateWrite(HeadUpdate update) : PendingWrite<ThreadHead?>
{
    protected override ThreadHead? Execute(WriterConnection writer)
    {
        if (writer.Find(update.Key) is not var (number, head, metadata) || !update.IsAllowed(head))
        {
            return null;
        }

        if (!update.MovesRevision && !update.Beats)
        {
            return head;
        }

        var after = HeadRules.Apply(update, head, update.ChangesPins ? writer.Pins.Read(number, head) : []).Head;
        if (update.ChangesPins)
        {
            WritePins(writer, number);
        }

        writer.Threads.SetUpkeep(number, after);
        if (update.Expiry is not null)
        {
            after = after with { ExpiresAt = Instants.Read(Instants.Floor(after.ExpiresAt), after.Key) };
            writer.Threads.SetExpiry(number, after, metadata);
        }

        writer.Remember(new(number, after, metadata));
        return after;
    }

    private void WritePins(WriterConnection writer, long number)
    {
        foreach (var life in update.RemovePins)
        {
            writer.Pins.Remove(number, life);
        }

        foreach (var pin in update.AddPins)
        {
            writer.Pins.Add(number, pin);
        }
    }
}
