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
    private const int Tenant = 15, Id = 16;

    private readonly Statement _find = connection.Prepare($"SELECT {HeadRow.Columns} FROM threads t WHERE t.tenant = ?1 AND t.id = ?2");
    private readonly Statement _insert = connection.Prepare(
        """
        INSERT INTO threads (version, keyframe, chain, messages, updated, user, agent, status, metadata, created, expires, deleted, period, tenant, id)
        VALUES (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
        """);
    private readonly Statement _settle = connection.Prepare(
        "UPDATE threads SET version = ?2, keyframe = ?3, chain = ?4, messages = ?5, updated = ?6 WHERE number = ?1 AND version <= ?2");
    // A statement of its own, because it writes an index, and seldom has anything to do.
    private readonly Statement _settlePeriod = connection.Prepare("UPDATE threads SET period = ?2 WHERE number = ?1 AND period <> ?2 AND version = ?3");
    private readonly Statement _setExpiry = connection.Prepare("UPDATE threads SET expires = ?2 WHERE number = ?1");
    private readonly Statement _oldest = connection.Prepare("SELECT oldest FROM threads WHERE number = ?1");
    private readonly Statement _setOldest = connection.Prepare("UPDATE threads SET oldest = ?2 WHERE number = ?1");
    private readonly Statement _delete = connection.Prepare("DELETE FROM threads WHERE number = ?1");
    private readonly Dictionary<HeadChanges, Statement> _updates = [];
    private readonly ArrayBufferWriter<byte> _metadata = new();

    /// <summary>Finds a thread.</summary>
    /// <exception cref="CorruptStateException">The head is damaged.</exception>
    public StoredThread? Find(ThreadKey key, RecentEntries recent)
    {
        if (!StepTo(key))
        {
            return null;
        }

        try
        {
            var number = _find.Int64(HeadRow.NumberColumn);
            return new(number, HeadRow.Read(_find, recent.Of(number) is [.., var newest] ? newest : null));
        }
        finally
        {
            _find.Reset();
        }
    }

    /// <summary>Finds a thread that may be damaged.</summary>
    public long? FindNumber(ThreadKey key)
    {
        if (!StepTo(key))
        {
            return null;
        }

        var number = _find.Int64(HeadRow.NumberColumn);
        _find.Reset();
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

        _insert.Bind(Period, Instants.Period(Instants.Floor(head.UpdatedAt))).Bind(Tenant, head.Key.Tenant).Bind(Id, head.Key.Id.Value).Run();
        return connection.LastInsertRowId;
    }

    public void Update(long number, ThreadHead head, HeadChanges changes)
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

        update.Bind(Number, number).Run();
    }

    /// <summary>Brings a head up to its newest entry.</summary>
    public void Settle(in RecentEntry newest)
    {
        if (newest.ChainHash is not { } chain)
        {
            // What is damaged stays as it is, to be found by those who read it.
            return;
        }

        _settle
            .Bind(Number, newest.Thread)
            .Bind(Version, newest.Version)
            .Bind(Keyframe, newest.KeyframeVersion)
            .Bind(Chain, chain)
            .Bind(Messages, newest.MessageCount)
            .Bind(Updated, newest.UpdatedAt)
            .Run();
        _settlePeriod.Bind(1, newest.Thread).Bind(2, Instants.Period(newest.UpdatedAt)).Bind(3, newest.Version).Run();
    }

    public void SetExpiry(long number, DateTimeOffset? expiresAt) => _setExpiry.Bind(1, number).Bind(2, Instants.Floor(expiresAt)).Run();

    /// <summary>The version of the oldest entry that was not dropped.</summary>
    public long Oldest(long number) => _oldest.Bind(1, number).RunForInt64() ?? 1;

    public void SetOldest(long number, long version) => _setOldest.Bind(1, number).Bind(2, version).Run();

    public void Delete(long number) => _delete.Bind(1, number).Run();

    private static string UpdateSql(HeadChanges changes)
    {
        var sql = new StringBuilder("UPDATE threads SET version = ?2, keyframe = ?3, chain = ?4, messages = ?5, updated = ?6");
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
        .Bind(Updated, Instants.Floor(head.UpdatedAt));

    private bool StepTo(ThreadKey key)
    {
        _find.Bind(1, key.Tenant).Bind(2, key.Id.Value);
        if (_find.Step())
        {
            return true;
        }

        _find.Reset();
        return false;
    }

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
