using System.Buffers;
using System.Text;
using Holdfast.Logs;
using Holdfast.Sqlite.Native;
using Holdfast.Sqlite.Rows;

namespace Holdfast.Sqlite.Writing;

/// <summary>Writes to <c>threads</c>, which holds the heads.</summary>
internal sealed class ThreadTable(Connection connection)
{
    private static readonly (HeadChanges Change, string Column, int Parameter)[] ChangeableColumns =
    [
        (HeadChanges.User, "user", User),
        (HeadChanges.Agent, "agent", Agent),
        (HeadChanges.Status, "status", Status),
        (HeadChanges.Metadata, "metadata", Metadata),
        (HeadChanges.Created, "created", Created),
        (HeadChanges.Expiry, "expires", Expires),
        (HeadChanges.Deletion, "deleted", Deleted),
    ];

    private const int Number = 1, Version = 2, Keyframe = 3, Chain = 4, Messages = 5, Updated = 6;
    private const int User = 7, Agent = 8, Status = 9, Metadata = 10, Created = 11, Expires = 12, Deleted = 13, Period = 14;
    private const int Tenant = 15, Id = 16, Key = 17, Guard = 18, Mark = 19;

    private readonly ThreadLookup _threads = new(connection);
    private readonly Statement _insert = connection.Prepare(
        """
        INSERT INTO threads (version, keyframe, chain, messages, updated, user, agent, status, metadata, created, expires, deleted, period, tenant, id, key, guard, mark)
        VALUES (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)
        """);
    private readonly Statement _settle = connection.Prepare(
        "UPDATE threads SET version = ?2, keyframe = ?3, chain = ?4, messages = ?5, updated = ?6, mark = ?19 WHERE number = ?1 AND version <= ?2");
    private readonly Statement _spoil = connection.Prepare("UPDATE threads SET mark = NULL WHERE number = ?1");
    // A statement of its own, because it writes an index, and seldom has anything to do.
    private readonly Statement _settlePeriod = connection.Prepare("UPDATE threads SET period = ?2 WHERE number = ?1 AND period <> ?2 AND version = ?3");
    private readonly Statement _setExpiry = connection.Prepare("UPDATE threads SET expires = ?2, guard = ?3 WHERE number = ?1");
    private readonly Statement _oldest = connection.Prepare("SELECT oldest FROM threads WHERE number = ?1");
    private readonly Statement _setOldest = connection.Prepare("UPDATE threads SET oldest = ?2 WHERE number = ?1");
    private readonly Statement _delete = connection.Prepare("DELETE FROM threads WHERE number = ?1");
    private readonly Dictionary<HeadChanges, Statement> _updates = [];
    private readonly ArrayBufferWriter<byte> _metadata = new();

    /// <summary>Finds a thread.</summary>
    /// <exception cref="CorruptStateException">The head is damaged.</exception>
    public StoredThread? Find(ThreadKey key, RecentEntries recent)
    {
        if (_threads.StepTo(key) is not { } row)
        {
            return null;
        }

        try
        {
            var number = row.Int64(HeadRow.NumberColumn);
            return new(number, HeadRow.Read(row, key, recent.Of(number)), RowHash.Of(row.Bytes(HeadRow.MetadataColumn)));
        }
        finally
        {
            row.Reset();
        }
    }

    /// <summary>Finds a thread that may be damaged.</summary>
    /// <exception cref="CorruptStateException">The indexes and the rows do not agree.</exception>
    public long? FindNumber(ThreadKey key)
    {
        if (_threads.StepTo(key) is not { } row)
        {
            return null;
        }

        var number = row.Int64(HeadRow.NumberColumn);
        row.Reset();
        return number;
    }

    /// <summary>Adds a thread and returns its number.</summary>
    public long Insert(ThreadHead head)
    {
        BindEachAppend(_insert, head);
        foreach (var (_, _, parameter) in ChangeableColumns)
        {
            BindChangeable(_insert, parameter, head);
        }

        _insert
            .Bind(Period, Instants.Period(Instants.Floor(head.UpdatedAt)))
            .Bind(Tenant, head.Key.Tenant)
            .Bind(Id, head.Key.Id.Value)
            .Bind(Key, RowHash.OfKey(head.Key))
            .Bind(Guard, RowGuards.Guard(head, RowHash.Of(Encode(head))))
            .Run();
        return connection.LastInsertRowId;
    }

    /// <summary>Changes a head.</summary>
    /// <param name="number">The thread.</param>
    /// <param name="head">The head that it gets.</param>
    /// <param name="changes">What of it is another.</param>
    /// <param name="metadata">The <see cref="RowHash"/> of the metadata that is stored, for a head that keeps it.</param>
    public void Update(long number, ThreadHead head, HeadChanges changes, long metadata)
    {
        if (!_updates.TryGetValue(changes, out var update))
        {
            update = _updates[changes] = connection.Prepare(UpdateSql(changes));
        }

        BindEachAppend(update, head);
        foreach (var (change, _, parameter) in ChangeableColumns)
        {
            if (changes.HasFlag(change))
            {
                BindChangeable(update, parameter, head);
            }
        }

        var hash = changes.HasFlag(HeadChanges.Metadata) ? RowHash.Of(Encode(head)) : metadata;
        update.Bind(Number, number).Bind(Guard, RowGuards.Guard(head, hash)).Run();
    }

    /// <summary>Brings a head up to its newest entry.</summary>
    public void Settle(in RecentEntry newest)
    {
        if (newest.IsDamaged || newest.ChainHash is not { } chain)
        {
            // Otherwise the version before it would be taken for the newest one.
            _spoil.Bind(1, newest.Thread).Run();
            return;
        }

        _settle
            .Bind(Number, newest.Thread)
            .Bind(Version, newest.Version)
            .Bind(Keyframe, newest.KeyframeVersion)
            .Bind(Chain, chain)
            .Bind(Messages, newest.MessageCount)
            .Bind(Updated, newest.UpdatedAt)
            .Bind(Mark, newest.Mark)
            .Run();
        _settlePeriod.Bind(1, newest.Thread).Bind(2, Instants.Period(newest.UpdatedAt)).Bind(3, newest.Version).Run();
    }

    public void SetExpiry(in StoredThread thread, DateTimeOffset? expiresAt) => _setExpiry
        .Bind(1, thread.Number)
        .Bind(2, Instants.Floor(expiresAt))
        .Bind(3, RowGuards.Guard(thread.Head with { ExpiresAt = expiresAt }, thread.MetadataHash))
        .Run();

    /// <summary>The version of the oldest entry that was not dropped.</summary>
    public long Oldest(long number) => _oldest.Bind(1, number).RunForInt64() ?? 1;

    public void SetOldest(long number, long version) => _setOldest.Bind(1, number).Bind(2, version).Run();

    public void Delete(long number) => _delete.Bind(1, number).Run();

    private static string UpdateSql(HeadChanges changes)
    {
        var sql = new StringBuilder("UPDATE threads SET version = ?2, keyframe = ?3, chain = ?4, messages = ?5, updated = ?6, mark = ?19, guard = ?18");
        foreach (var (change, column, parameter) in ChangeableColumns)
        {
            if (changes.HasFlag(change))
            {
                sql.Append(", ").Append(column).Append(" = ?").Append(parameter);
            }
        }

        return sql.Append(" WHERE number = ?1").ToString();
    }

    private static void BindEachAppend(Statement statement, ThreadHead head) => statement
        .Bind(Version, head.Version)
        .Bind(Keyframe, head.KeyframeVersion)
        .Bind(Chain, head.ChainHash)
        .Bind(Messages, head.MessageCount)
        .Bind(Updated, Instants.Floor(head.UpdatedAt))
        .Bind(Mark, RowGuards.Mark(head.Version, head.KeyframeVersion, head.ChainHash, head.MessageCount, Instants.Floor(head.UpdatedAt)));

    private void BindChangeable(Statement statement, int parameter, ThreadHead head) => _ = parameter switch
    {
        User => statement.Bind(User, head.UserId),
        Agent => statement.Bind(Agent, head.Agent),
        Status => statement.Bind(Status, head.Status.ToName()),
        Metadata => head.Metadata.Count == 0 ? statement.BindNull(Metadata) : statement.BindUtf8(Metadata, Encode(head)),
        Created => statement.Bind(Created, Instants.Floor(head.CreatedAt)),
        Expires => statement.Bind(Expires, Instants.Floor(head.ExpiresAt)),
        _ => statement.Bind(Deleted, Instants.Floor(head.DeletedAt)),
    };

    private ReadOnlySpan<byte> Encode(ThreadHead head)
    {
        _metadata.ResetWrittenCount();
        MetadataJson.Write(head.Metadata, _metadata);
        return _metadata.WrittenSpan;
    }
}
