using System.Text.Json;
using Holdfast.Logs;
using Npgsql;

namespace Holdfast.Postgres.Rows;

/// <summary>The columns of a head, but for its key, and how they are read.</summary>
internal static class HeadColumns
{
    /// <summary>How many columns there are.</summary>
    public static int Count => Names.Length;

    private static readonly string[] Names =
    [
        "version", "keyframe_version", "chain_hash", "user_id", "agent", "status", "message_count",
        "created_at", "updated_at", "expires_at", "deleted_at", "metadata", "metadata_exact",
    ];

    /// <summary>The columns of a table, in the order in which <see cref="Read"/> expects them.</summary>
    public static string Sql(string table) => string.Join(", ", Names.Select(name => $"{table}.{name}"));

    /// <summary>Reads the columns from the column <paramref name="first"/> of the current row on.</summary>
    /// <exception cref="CorruptStateException">They do not make a head.</exception>
    public static ThreadHead Read(NpgsqlDataReader reader, int first, ThreadKey key)
    {
        try
        {
            return new()
            {
                Key = key,
                Version = reader.GetInt64(first),
                KeyframeVersion = reader.GetInt64(first + 1),
                ChainHash = Digest.FromBytes(reader.GetFieldValue<byte[]>(first + 2)),
                UserId = reader.Text(first + 3),
                Agent = reader.Text(first + 4),
                Status = StatusOf(reader.GetString(first + 5)),
                MessageCount = reader.GetInt64(first + 6),
                CreatedAt = reader.GetFieldValue<DateTimeOffset>(first + 7),
                UpdatedAt = reader.GetFieldValue<DateTimeOffset>(first + 8),
                ExpiresAt = reader.Instant(first + 9),
                DeletedAt = reader.Instant(first + 10),
                Metadata = new MetadataColumns(reader.Bytes(first + 11), reader.Bytes(first + 12)).Read(),
            };
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or JsonException or InvalidOperationException)
        {
            throw new CorruptStateException(key, 0, $"its head cannot be read: {e.Message}", e);
        }
    }

    private static ThreadStatus StatusOf(string name) => ThreadStatusNames.TryParse(name, out var status)
        ? status
        : throw new FormatException($"its status '{name}' is not known.");
}
