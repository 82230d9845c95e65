using Holdfast.Logs;
using Holdfast.Sqlite.Connecting;
using Holdfast.Sqlite.Rows;

namespace Holdfast.Sqlite.Writing;

/// <summary>Writes to <c>pins</c>. How many a thread has, and the lowest version that they keep, is written in its head.</summary>
internal sealed class PinTable(Connection connection)
{
    private Statement SelectStatement => field ??= connection.Prepare(PinRow.Select);

    private Statement InsertStatement => field ??= connection.Prepare("INSERT OR REPLACE INTO pins (thread, life, pin, guard) VALUES (?1, ?2, ?3, ?4)");

    private Statement DeleteStatement => field ??= connection.Prepare("DELETE FROM pins WHERE thread = ?1 AND life = ?2");

    private Statement DeleteAllStatement => field ??= connection.Prepare("DELETE FROM pins WHERE thread = ?1");

    /// <exception cref="CorruptStateException">A pin is damaged, or they are not as many as the head says.</exception>
    public IReadOnlyList<Pin> Read(long thread, ThreadHead head) => head.PinCount == 0 ? [] : PinRow.ReadAll(SelectStatement, thread, head);

    public void Remove(long thread, CommitId life) => DeleteStatement.Bind(1, thread).Bind(2, life).Run();

    public void Add(long thread, Pin pin)
    {
        var json = HeadCodec.WritePin(pin);
        InsertStatement.Bind(1, thread).Bind(2, pin.Life).BindUtf8(3, json).Bind(4, RowGuards.Pin(thread, pin.Life, json)).Run();
    }

    public void RemoveAll(long thread) => DeleteAllStatement.Bind(1, thread).Run();
}
