using Holdfast.Logs;
using Holdfast.Sqlite.Native;

namespace Holdfast.Sqlite.Rows;

/// <summary>A row of <c>threads</c>.</summary>
internal static class HeadRow
{
    /// <summary>The columns that <see cref="Read"/> expects, in its order.</summary>
    public const string Columns =
        "t.number, t.tenant, t.id, t.version, t.keyframe, t.chain, t.messages, t.updated, t.user, t.agent, t.status, t.metadata, t.created, t.expires, t.deleted";

    public const int NumberColumn = 0, TenantColumn = 1;
    private const int VersionColumn = 3, ChainColumn = 5;

    /// <summary>Reads a head.</summary>
    /// <param name="row">The row, which is the head as of some entry.</param>
    /// <param name="newest">The newest recent entry of the thread, if it has any.</param>
    /// <exception cref="CorruptStateException">The row cannot be a head.</exception>
    public static ThreadHead Read(Statement row, RecentEntry? newest)
    {
        var key = ThreadKey.Of(row.Text(TenantColumn) ?? "", ThreadId.Parse(row.Text(2) ?? ""));
        var stored = new RecentEntry(0, 0, row.Int64(VersionColumn), row.Int64(4), ReadDigest(row, ChainColumn, key, 0), row.Int64(6), row.Int64(7));
        var last = newest is { } recent && recent.Version >= stored.Version ? recent : stored;
        return new()
        {
            Key = key,
            Version = last.Version,
            KeyframeVersion = last.KeyframeVersion,
            ChainHash = last.ChainHash ?? throw new CorruptStateException(key, last.Version, $"its chain hash was expected to have {Digest.Size} bytes and does not."),
            MessageCount = last.MessageCount,
            UpdatedAt = Instants.From(last.UpdatedAt),
            UserId = row.Text(8),
            Agent = row.Text(9),
            Status = ReadStatus(row.Text(10), key),
            Metadata = MetadataJson.Read(row.Bytes(11), key),
            CreatedAt = Instants.From(row.Int64(12)),
            ExpiresAt = Instants.From(row.NullableInt64(13)),
            DeletedAt = Instants.From(row.NullableInt64(14)),
        };
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
