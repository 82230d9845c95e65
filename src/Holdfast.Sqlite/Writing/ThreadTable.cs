using System.Text;
using Holdfast.Logs;
using Holdfast.Sqlite.Connecting;
using Holdfast.Sqlite.Rows;

namespace Holdfast.Sqlite.Writing;

/// <summary>Writes to <c>threads</c>, which holds the heads.</summary>
internal sealed class ThreadTable(Connection connection)
{
    private const int Number = 1, Version = 2, Keyframe = 3, Chain = 4, Messages = 5, Updated = 6, Mark = 7;
    private const int User = 8, Agent = 9, Status = 10, Metadata = 11, Created = 12, Expires = 13, Deleted = 14, Terms = 15, Due = 16, Guard = 17;
    private const int FirstVersion = 18, Properties = 19, Revision = 20, Heartbeat = 21, Pins = 22, LowestPin = 23, Upkeep = 24;
    private const int Period = 25, Space = 26, Tenant = 27, Id = 28, Key = 29, Life = 30;

    private const string InsertSql =
        """
        INSERT INTO threads (
            version, keyframe, chain, messages, updated, mark, user, agent, status, metadata, created, expires, deleted, terms, due, guard,
            first_version, properties, revision, heartbeat, pins, lowest_pin, upkeep, period, space, tenant, id, key, life)
        VALUES (
            ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
            ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30)
        """;

    private const string SetUpkeepSql =
        "UPDATE threads SET first_version = ?18, properties = ?19, revision = ?20, heartbeat = ?21, pins = ?22, lowest_pin = ?23, upkeep = ?24 WHERE number = ?1";

    private static readonly (HeadChanges Change, string Column, int Parameter)[] ChangeableColumns =
    [
        (HeadChanges.User, "user", User),
        (HeadChanges.Agent, "agent", Agent),
        (HeadChanges.Status, "status", Status),
        (HeadChanges.Metadata, "metadata", Metadata),
        (HeadChanges.Created, "created", Created),
        (HeadChanges.Expiry, "expires", Expires),
        (HeadChanges.Deletion, "deleted", Deleted),
        (HeadChanges.Terms, "terms", Terms),
        (HeadChanges.Due, "due", Due),
    ];

    private readonly ThreadLookup _threads = new(connection);
    private readonly Dictionary<HeadChanges, Statement> _updates = [];

    // Each is prepared when it is needed for the first time.
    private Statement InsertStatement => field ??= connection.Prepare(InsertSql);

    private Statement SettleStatement => field ??= connection.Prepare(
        "UPDATE threads SET version = ?2, keyframe = ?3, chain = ?4, messages = ?5, updated = ?6, mark = ?7 WHERE number = ?1 AND version <= ?2");

    private Statement SpoilStatement => field ??= connection.Prepare("UPDATE threads SET mark = NULL WHERE number = ?1");

    // A statement of its own, because it writes an index, and seldom has anything to do.
    private Statement SettlePeriodStatement => field ??= connection.Prepare("UPDATE threads SET period = ?2 WHERE number = ?1 AND period <> ?2 AND version = ?3");

    private Statement SetUpkeepStatement => field ??= connection.Prepare(SetUpkeepSql);

    private Statement SetExpiryStatement => field ??= connection.Prepare("UPDATE threads SET expires = ?13, guard = ?17 WHERE number = ?1");

    private Statement RenameStatement => field ??= connection.Prepare("UPDATE threads SET space = ?26, tenant = ?27, id = ?28, key = ?29, guard = ?17 WHERE number = ?1");

    private Statement DeleteStatement => field ??= connection.Prepare("DELETE FROM threads WHERE number = ?1");

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
        var metadata = HeadCodec.WriteMetadata(head.Metadata);
        BindEachAppend(InsertStatement, head);
        foreach (var (_, _, parameter) in ChangeableColumns)
        {
            BindChangeable(InsertStatement, parameter, head, metadata);
        }

        BindUpkeep(InsertStatement, head);
        BindKey(InsertStatement, head.Key);
        InsertStatement
            .Bind(Life, head.Life)
            .Bind(Period, Instants.Period(Instants.Floor(head.UpdatedAt)))
            .Bind(Guard, RowGuards.Guard(head, RowHash.Of(metadata)))
            .Run();
        return connection.LastInsertRowId;
    }

    /// <summary>Changes a head.</summary>
    /// <param name="number">The thread.</param>
    /// <param name="head">The head that it gets.</param>
    /// <param name="changes">What of it is another.</param>
    /// <param name="metadataHash">The <see cref="RowHash"/> of the metadata that is stored, for a head that keeps it.</param>
    public void Update(long number, ThreadHead head, HeadChanges changes, long metadataHash)
    {
        if (!_updates.TryGetValue(changes, out var update))
        {
            update = _updates[changes] = connection.Prepare(UpdateSql(changes));
        }

        var metadata = changes.HasFlag(HeadChanges.Metadata) ? HeadCodec.WriteMetadata(head.Metadata) : null;
        BindEachAppend(update, head);
        foreach (var (change, _, parameter) in ChangeableColumns)
        {
            if (changes.HasFlag(change))
            {
                BindChangeable(update, parameter, head, metadata);
            }
        }

        update.Bind(Number, number).Bind(Guard, RowGuards.Guard(head, changes.HasFlag(HeadChanges.Metadata) ? RowHash.Of(metadata) : metadataHash)).Run();
    }

    /// <summary>Brings a head up to its newest entry.</summary>
    public void Settle(in RecentEntry newest)
    {
        if (newest.IsDamaged || newest.ChainHash is not { } chain)
        {
            // Otherwise the version before it would be taken for the newest one.
            SpoilStatement.Bind(1, newest.Thread).Run();
            return;
        }

        SettleStatement
            .Bind(Number, newest.Thread)
            .Bind(Version, newest.Version)
            .Bind(Keyframe, newest.KeyframeVersion)
            .Bind(Chain, chain)
            .Bind(Messages, newest.MessageCount)
            .Bind(Updated, newest.UpdatedAt)
            .Bind(Mark, newest.Mark)
            .Run();
        SettlePeriodStatement.Bind(1, newest.Thread).Bind(2, Instants.Period(newest.UpdatedAt)).Bind(3, newest.Version).Run();
    }

    /// <summary>Changes what maintenance alone changes of a head.</summary>
    public void SetUpkeep(long number, ThreadHead head)
    {
        BindUpkeep(SetUpkeepStatement, head);
        SetUpkeepStatement.Bind(Number, number).Run();
    }

    /// <summary>Changes when a thread expires.</summary>
    /// <param name="number">The thread.</param>
    /// <param name="head">The head that it gets.</param>
    /// <param name="metadataHash">The <see cref="RowHash"/> of the metadata that is stored.</param>
    public void SetExpiry(long number, ThreadHead head, long metadataHash)
        => SetExpiryStatement.Bind(Number, number).Bind(Expires, Instants.Floor(head.ExpiresAt)).Bind(Guard, RowGuards.Guard(head, metadataHash)).Run();

    /// <summary>Gives a thread the key of <paramref name="head"/>.</summary>
    public void Rename(long number, ThreadHead head, long metadataHash)
    {
        BindKey(RenameStatement, head.Key);
        RenameStatement.Bind(Number, number).Bind(Guard, RowGuards.Guard(head, metadataHash)).Run();
    }

    public void Delete(long number) => DeleteStatement.Bind(1, number).Run();

    private static string UpdateSql(HeadChanges changes)
    {
        var sql = new StringBuilder("UPDATE threads SET version = ?2, keyframe = ?3, chain = ?4, messages = ?5, updated = ?6, mark = ?7, guard = ?17");
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

    private static void BindChangeable(Statement statement, int parameter, ThreadHead head, byte[]? metadata) => _ = parameter switch
    {
        User => statement.Bind(User, head.UserId),
        Agent => statement.Bind(Agent, head.Agent),
        Status => statement.Bind(Status, head.Status.ToName()),
        Metadata => statement.BindText(Metadata, metadata),
        Created => statement.Bind(Created, Instants.Floor(head.CreatedAt)),
        Expires => statement.Bind(Expires, Instants.Floor(head.ExpiresAt)),
        Deleted => statement.Bind(Deleted, Instants.Floor(head.DeletedAt)),
        Terms => statement.BindText(Terms, HeadCodec.WriteTerms(head.Terms)),
        _ => statement.Bind(Due, Instants.Floor(head.DueAt)),
    };

    private static void BindUpkeep(Statement statement, ThreadHead head)
    {
        var properties = HeadCodec.WriteProperties(head.Properties);
        statement
            .Bind(FirstVersion, head.FirstVersion)
            .BindText(Properties, properties)
            .Bind(Revision, head.Revision)
            .Bind(Heartbeat, head.Heartbeat)
            .Bind(Pins, head.PinCount)
            .Bind(LowestPin, head.LowestPin)
            .Bind(Upkeep, RowGuards.Upkeep(head.Life, head.FirstVersion, RowHash.Of(properties), head.Revision, head.Heartbeat, head.PinCount, head.LowestPin));
    }

    private static void BindKey(Statement statement, ThreadKey key)
        => statement.Bind(Space, (long)key.Space).Bind(Tenant, key.Tenant).Bind(Id, key.Id.Value).Bind(Key, RowHash.OfKey(key));
}
