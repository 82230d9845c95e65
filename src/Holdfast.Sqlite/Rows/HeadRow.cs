using Holdfast.Logs;
using Holdfast.Sqlite.Connecting;

namespace Holdfast.Sqlite.Rows;

/// <summary>A row of <c>threads</c>.</summary>
internal static class HeadRow
{
    /// <summary>The columns that <see cref="Read"/> expects, in its order.</summary>
    public const string Columns =
        "t.number, t.space, t.tenant, t.id, t.life, t.version, t.keyframe, t.chain, t.messages, t.updated, t.user, t.agent, t.status, t.metadata, t.terms, " +
        "t.due, t.created, t.expires, t.deleted, t.first_version, t.properties, t.revision, t.heartbeat, t.pins, t.lowest_pin, t.guard, t.upkeep, t.mark";

    /// <summary>How many columns these are.</summary>
    public const int ColumnCount = 28;

    public const int NumberColumn = 0, SpaceColumn = 1, TenantColumn = 2, IdColumn = 3, MetadataColumn = 13;
    private const int LifeColumn = 4, VersionColumn = 5, KeyframeColumn = 6, ChainColumn = 7, MessagesColumn = 8, UpdatedColumn = 9, UserColumn = 10, AgentColumn = 11, StatusColumn = 12;
    private const int TermsColumn = 14, DueColumn = 15, CreatedColumn = 16, ExpiresColumn = 17, DeletedColumn = 18, FirstVersionColumn = 19, PropertiesColumn = 20, RevisionColumn = 21;
    private const int HeartbeatColumn = 22, PinsColumn = 23, LowestPinColumn = 24, GuardColumn = 25, UpkeepColumn = 26, MarkColumn = 27;

    /// <summary>Which thread a row says that it is.</summary>
    /// <exception cref="CorruptStateException">It cannot be one.</exception>
    public static ThreadKey ReadKey(Statement row)
    {
        try
        {
            return ThreadKey.Of((ThreadSpace)checked((int)row.Int64(SpaceColumn)), row.Text(TenantColumn) ?? "", row.Text(IdColumn) ?? "");
        }
        catch (Exception e) when (e is InvalidIdentifierException or ArgumentException or OverflowException)
        {
            throw new CorruptStateException($"A head with the number {row.Int64(NumberColumn)} is damaged: its space, tenant or id cannot be one.", e);
        }
    }

    /// <summary>Which life of its thread a row says that it is.</summary>
    /// <exception cref="CorruptStateException">It cannot be one.</exception>
    public static CommitId ReadLife(Statement row, ThreadKey key) => ReadCommitId(row, LifeColumn, key, 0);

    /// <summary>Reads a head.</summary>
    /// <param name="row">The row, which is the head as of some entry.</param>
    /// <param name="key">The thread, which the row was found to be of.</param>
    /// <param name="recent">The recent entries of the thread, by version.</param>
    /// <exception cref="CorruptStateException">The row or a recent entry is damaged.</exception>
    /// <exception cref="UnknownFormatException">A newer Holdfast wrote it.</exception>
    public static ThreadHead Read(Statement row, ThreadKey key, IReadOnlyList<RecentEntry> recent)
    {
        var stored = new RecentEntry(
            0,
            row.Int64(NumberColumn),
            row.Int64(VersionColumn),
            row.Int64(KeyframeColumn),
            ReadDigest(row, ChainColumn, key, 0),
            row.Int64(MessagesColumn),
            row.Int64(UpdatedColumn));
        if (stored.Mark != row.NullableInt64(MarkColumn))
        {
            throw new CorruptStateException(key, 0, "what its head says of version, hash, messages and time does not agree with the mark beside it.");
        }

        var life = ReadLife(row, key);
        var last = RecentEntry.Newest(key, stored, recent);
        var terms = HeadCodec.ReadTerms(row.Memory(TermsColumn), key);
        CheckGuard(row, key, life, terms);
        CheckUpkeep(row, key, life);
        return new()
        {
            Key = key,
            Life = life,
            FirstVersion = row.Int64(FirstVersionColumn),
            Version = last.Version,
            KeyframeVersion = last.KeyframeVersion,
            ChainHash = last.ChainHash!.Value,
            MessageCount = last.MessageCount,
            UpdatedAt = Instants.Read(last.UpdatedAt, key),
            UserId = row.Text(UserColumn),
            Agent = row.Text(AgentColumn),
            Status = ThreadStatusNames.Read(row.Text(StatusColumn) ?? "", key),
            Metadata = HeadCodec.ReadMetadata(row.Memory(MetadataColumn), key),
            Terms = terms,
            DueAt = Instants.Read(row.NullableInt64(DueColumn), key),
            CreatedAt = Instants.Read(row.Int64(CreatedColumn), key),
            ExpiresAt = Instants.Read(row.NullableInt64(ExpiresColumn), key),
            DeletedAt = Instants.Read(row.NullableInt64(DeletedColumn), key),
            Properties = HeadCodec.ReadProperties(row.Memory(PropertiesColumn), key),
            Revision = row.Int64(RevisionColumn),
            Heartbeat = row.Int64(HeartbeatColumn),
            PinCount = (int)row.Int64(PinsColumn),
            LowestPin = row.NullableInt64(LowestPinColumn),
        };
    }

    public static Digest ReadDigest(Statement row, int column, ThreadKey key, long version)
    {
        var bytes = row.Bytes(column);
        return bytes.Length == Digest.Size
            ? Digest.FromBytes(bytes)
            : throw new CorruptStateException(key, version, $"a hash of {Digest.Size} bytes was expected and {bytes.Length} bytes were found.");
    }

    public static CommitId ReadCommitId(Statement row, int column, ThreadKey key, long version)
    {
        var bytes = row.Bytes(column);
        return bytes.Length == 16
            ? CommitId.FromBytes(bytes)
            : throw new CorruptStateException(key, version, $"a commit id of 16 bytes was expected and {bytes.Length} bytes were found.");
    }

    private static void CheckGuard(Statement row, ThreadKey key, CommitId life, IReadOnlyList<string> terms)
    {
        var guard = RowGuards.Guard(
            key,
            life,
            row.Text(UserColumn),
            row.Text(AgentColumn),
            row.Text(StatusColumn),
            RowHash.Of(row.Bytes(MetadataColumn)),
            terms,
            row.Int64(CreatedColumn),
            row.NullableInt64(ExpiresColumn),
            row.NullableInt64(DeletedColumn),
            row.NullableInt64(DueColumn));
        if (guard != row.NullableInt64(GuardColumn))
        {
            throw new CorruptStateException(key, 0, "what its head says of life, user, agent, status, metadata, terms and times does not agree with the guard beside it.");
        }
    }

    private static void CheckUpkeep(Statement row, ThreadKey key, CommitId life)
    {
        var upkeep = RowGuards.Upkeep(
            life,
            row.Int64(FirstVersionColumn),
            RowHash.Of(row.Bytes(PropertiesColumn)),
            row.Int64(RevisionColumn),
            row.Int64(HeartbeatColumn),
            row.Int64(PinsColumn),
            row.NullableInt64(LowestPinColumn));
        if (upkeep != row.NullableInt64(UpkeepColumn))
        {
            throw new CorruptStateException(key, 0, "what its head says of the first version, properties, revision, heartbeat and pins does not agree with the hash beside it.");
        }
    }
}
