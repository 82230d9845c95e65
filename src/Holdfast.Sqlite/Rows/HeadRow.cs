using Holdfast.Logs;
using Holdfast.Sqlite.Native;

namespace Holdfast.Sqlite.Rows;

/// <summary>A row of <c>threads</c>.</summary>
internal static class HeadRow
{
    /// <summary>The columns that <see cref="Read"/> expects, in its order.</summary>
    public const string Columns =
        "t.number, t.tenant, t.id, t.version, t.keyframe, t.chain, t.messages, t.updated, t.user, t.agent, t.status, t.metadata, t.created, t.expires, t.deleted, t.period";

    public const int NumberColumn = 0, VersionColumn = 3, ChainColumn = 5, UserColumn = 8, AgentColumn = 9, StatusColumn = 10;
    public const int MetadataColumn = 11, CreatedColumn = 12, ExpiresColumn = 13, DeletedColumn = 14, PeriodColumn = 15;

    /// <exception cref="CorruptStateException">The row cannot be a head.</exception>
    public static ThreadHead Read(Statement row)
    {
        var key = ThreadKey.Of(row.Text(1) ?? "", ThreadId.Parse(row.Text(2) ?? ""));
        return new()
        {
            Key = key,
            Version = row.Int64(VersionColumn),
            KeyframeVersion = row.Int64(4),
            ChainHash = ReadDigest(row, ChainColumn, key, 0),
            MessageCount = row.Int64(6),
            UpdatedAt = Instants.From(row.Int64(7)),
            UserId = row.Text(UserColumn),
            Agent = row.Text(AgentColumn),
            Status = ReadStatus(row.Text(StatusColumn), key),
            Metadata = MetadataJson.Read(row.Bytes(MetadataColumn), key),
            CreatedAt = Instants.From(row.Int64(CreatedColumn)),
            ExpiresAt = Instants.From(row.NullableInt64(ExpiresColumn)),
            DeletedAt = Instants.From(row.NullableInt64(DeletedColumn)),
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
