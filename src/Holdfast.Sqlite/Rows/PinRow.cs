using Holdfast.Logs;
using Holdfast.Sqlite.Connecting;

namespace Holdfast.Sqlite.Rows;

/// <summary>A row of <c>pins</c>.</summary>
internal static class PinRow
{
    /// <summary>Selects the pins of the thread <c>?1</c>.</summary>
    public const string Select = "SELECT p.life, p.pin, p.guard FROM pins p WHERE p.thread = ?1";

    /// <summary>Runs a statement for the pins of a thread.</summary>
    /// <param name="statement">Runs <see cref="Select"/>.</param>
    /// <param name="thread">The number of the thread.</param>
    /// <param name="head">Its head.</param>
    /// <exception cref="CorruptStateException">A pin is damaged, or they are not as many as the head says.</exception>
    public static List<Pin> ReadAll(Statement statement, long thread, ThreadHead head)
    {
        var pins = new List<Pin>();
        statement.Bind(1, thread);
        try
        {
            while (statement.Step())
            {
                var life = HeadRow.ReadCommitId(statement, 0, head.Key, 0);
                if (RowGuards.Pin(thread, life, statement.Bytes(1)) != statement.NullableInt64(2))
                {
                    throw new CorruptStateException(head.Key, 0, $"what its pin of the life {life} says does not agree with the guard beside it.");
                }

                pins.Add(HeadCodec.ReadPin(life, statement.Memory(1), head.Key));
            }
        }
        finally
        {
            statement.Reset();
        }

        return pins.Count == head.PinCount
            ? pins
            : throw new CorruptStateException(head.Key, 0, $"its head says that it has {head.PinCount} pins, and {pins.Count} were found.");
    }
}
