using Holdfast.Logs;
using Holdfast.Sqlite.Native;

namespace Holdfast.Sqlite.Rows;

/// <summary>A row of <c>threads</c>.</summary>
internal static class HeadRow
{
    /// <summary>The columns that <see cref="Read"/> expects, in its order.</summary>
    public const string Columns =
        "t.number, t.tenant, t.id, t.version, t.keyframe, t.chain, t.messages, t.updated, t.user, t.agent, t.status, t.metadata, t.created, t.expires, t.deleted, t.guard, t.mark, t.oldest";

    /// <summary>How many columns these are.</summary>
    public const int ColumnCount = 18;

    public const int NumberColumn = 0, TenantColumn = 1, IdColumn = 2, MetadataColumn = 11;
    private const int VersionColumn = 3, ChainColumn = 5, StatusColumn = 10, CreatedColumn = 12, GuardColumn = 15, MarkColumn = 16, OldestColumn = 17;

    /// <summary>Which thread a row says that it is.</summary>
    /// <exception cref="CorruptStateException">It cannot be one.</exception>
    public static ThreadKey ReadKey(Statement row)
    {
        try
        {
            return ThreadKey.Of(row.Text(TenantColumn) ?? "", ThreadId.Parse(row.Text(IdColumn) ?? ""));
        }
        catch (InvalidIdentifierException e)
        {
            throw new CorruptStateException($"A head with the number {row.Int64(NumberColumn)} is damaged: its tenant or id cannot be one.", e);
        }
    }

    /// <summary>Reads a head.</summary>
    /// <param name="row">The row, which is the head as of some entry.</param>
    /// <param name="key">The thread, which the row was found to be of.</param>
    /// <param name="recent">The recent entries of the thread, by version.</param>
    /// <exception cref="CorruptStateException">The row or a recent entry is damaged.</exception>
    public static ThreadHead Read(Statement row, ThreadKey key, IReadOnlyList<RecentEntry> recent)
    {
        var number = row.Int64(NumberColumn);
        var stored = new RecentEntry(0, number, row.Int64(VersionColumn), row.Int64(4), ReadDigest(row, ChainColumn, key, 0), row.Int64(6), row.Int64(7));
        if (stored.Mark != row.NullableInt64(MarkColumn))
        {
            throw new CorruptStateException(key, 0, "what its head says of version, hash, messages and time does not agree with the mark beside it.");
        }

        var last = RecentEntry.Newest(key, stored, row.Int64(OldestColumn), recent);
        var head = new ThreadHead
        {
            Key = key,
            Version = last.Version,
            KeyframeVersion = last.KeyframeVersion,
            ChainHash = last.ChainHash!.Value,
            MessageCount = last.MessageCount,
            UpdatedAt = Instants.From(last.UpdatedAt, key, 0),
            UserId = row.Text(8),
            Agent = row.Text(9),
            Status = ReadStatus(row.Text(StatusColumn), key),
            Metadata = MetadataJson.Read(row.Bytes(MetadataColumn), key),
            CreatedAt = Instants.From(row.Int64(CreatedColumn), key, 0),
            ExpiresAt = Instants.From(row.NullableInt64(13), key, 0),
            DeletedAt = Instants.From(row.NullableInt64(14), key, 0),
        };
        return RowGuards.Guard(head, RowHash.Of(row.Bytes(MetadataColumn))) == row.NullableInt64(GuardColumn)
            ? head
            : throw new CorruptStateException(key, 0, "what its head says of user, agent, status, metadata and times does not agree with the guard beside it.");
    }

    public static Digest ReadDigest(Statement row, int column, ThreadKey key, long version)
    {
        var bytes = row.Bytes(column);
        return bytes.Length == Digest.Size
            ? Digest.FromBytes(bytes)
            : throw new CorruptStateException(key, version, $"a hash of {Digest.Size} bytes was expected and {bytes.Length} bytes were found.");
    }

    private static ThreadStatus ReadStatus(string? name, ThreadKey key)
        => name is not null && ThreadStatusNames.TryParse(name, out var status)
            ? status
            : throw new CorruptStateException(key, 0, $"its status '{name}' is none that this version of Holdfast knows.");
}
