using Holdfast.Sqlite.Connecting;

namespace Holdfast.Sqlite.Rows;

/// <summary>Finds the rows of threads, within the caller's transaction.</summary>
/// <remarks>
/// Pages of SQLite have no checksum, so an index that was damaged leads to another row, or to none. An index only nominates: the row that it leads to
/// says which thread it is. And only when two indexes know nothing of a thread is it not there.
/// </remarks>
internal sealed class ThreadLookup(Connection connection)
{
    private const int IndexedNumberColumn = HeadRow.ColumnCount;

    // A join of the table with itself: columns of an index would else be read from the index, not from the row.
    private const string Select = $"SELECT {HeadRow.Columns}, i.number FROM threads i";
    private const string Row = "LEFT JOIN threads t ON t.number = i.number";

    public const string ByIdSql = $"{Select} INDEXED BY threads_by_id {Row} WHERE i.space = ?1 AND i.tenant = ?2 AND i.id = ?3";
    public const string ByKeySql = $"{Select} INDEXED BY threads_by_key {Row} WHERE i.key = ?1";

    private Statement ById => field ??= connection.Prepare(ByIdSql);

    private Statement ByKey => field ??= connection.Prepare(ByKeySql);

    /// <summary>Goes to the row of a thread, for <see cref="HeadRow.Read"/>; the caller resets the statement. Null if it is not there.</summary>
    /// <exception cref="CorruptStateException">The indexes and the rows do not agree.</exception>
    public Statement? StepTo(ThreadKey key)
    {
        var row = ById.Bind(1, (long)key.Space).Bind(2, key.Tenant).Bind(3, key.Id.Value);
        if (row.Step())
        {
            if (IsOf(row, key))
            {
                return row;
            }

            row.Reset();
            throw Damaged(key, "the index by id leads to a row that is not there or is another thread's.");
        }

        row.Reset();
        CheckAbsence(key);
        return null;
    }

    private void CheckAbsence(ThreadKey key)
    {
        var hash = RowHash.OfKey(key);
        var row = ByKey.Bind(1, hash);
        try
        {
            while (row.Step())
            {
                if (IsOf(row, key))
                {
                    throw Damaged(key, "the index by id does not lead to it, though its row is there.");
                }

                if (row.IsNull(HeadRow.NumberColumn) || RowHash.OfKey(HeadRow.ReadKey(row)) != hash)
                {
                    throw Damaged(key, $"an index leads to row {row.Int64(IndexedNumberColumn)}, which is not there or is another thread's.");
                }
            }
        }
        finally
        {
            row.Reset();
        }
    }

    private static bool IsOf(Statement row, ThreadKey key)
        => !row.IsNull(HeadRow.NumberColumn)
            && row.Int64(HeadRow.SpaceColumn) == (long)key.Space
            && row.Text(HeadRow.TenantColumn) == key.Tenant
            && row.Text(HeadRow.IdColumn) == key.Id.Value;

    private static CorruptStateException Damaged(ThreadKey key, string what)
        => new(key, 0, $"{what} Keep a copy of the file; if only an index is damaged, the statement REINDEX of the sqlite3 shell makes it anew from the rows.");
}
