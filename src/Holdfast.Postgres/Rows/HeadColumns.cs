using System.Text.Json;
using Holdfast.Logs;
using Npgsql;

namespace Holdfast.Postgres.Rows;

/// <summary>The columns of a head, and how they are read.</summary>
internal static class HeadColumns
{
    private static readonly string[] Names =
    [
        "tenant", "thread_id", "version", "keyframe_version", "chain_hash", "user_id", "agent", "status", "message_count",
        "created_at", "updated_at", "expires_at", "deleted_at", "metadata", "metadata_exact",
    ];

    /// <summary>How many columns there are.</summary>
    public static int Count => Names.Length;

    /// <summary>The columns of a table, in the order in which <see cref="Read"/> expects them.</summary>
    public static string Sql(string table) => string.Join(", ", Names.Select(name => $"{table}.{name}"));

    /// <summary>Reads the columns from the column <paramref name="first"/> of the current row on.</summary>
    /// <exception cref="CorruptStateException">They do not make a head, or it is the head of another thread than <paramref name="key"/>.</exception>
    public static ThreadHead Read(NpgsqlDataReader reader, int first, ThreadKey key)
    {
        // The index has found the row; the row knows of which thread it is.
        if (Tenant(reader, first) != key.Tenant || Id(reader, first) != key.Id.Value)
        {
            throw OtherRow(key);
        }

        try
        {
            return Checked(new()
            {
                Key = key,
                Version = reader.GetInt64(first + 2),
                KeyframeVersion = reader.GetInt64(first + 3),
                ChainHash = Digest.FromBytes(reader.GetFieldValue<byte[]>(first + 4)),
                UserId = reader.Text(first + 5),
                Agent = reader.Text(first + 6),
                Status = StatusOf(reader.GetString(first + 7)),
                MessageCount = reader.GetInt64(first + 8),
                CreatedAt = reader.Instant(first + 9),
                UpdatedAt = reader.Instant(first + 10),
                ExpiresAt = reader.InstantOrNull(first + 11),
                DeletedAt = reader.InstantOrNull(first + 12),
                Metadata = new MetadataColumns(reader.Bytes(first + 13), reader.Bytes(first + 14)).Read(),
            });
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or JsonException or InvalidOperationException)
        {
            throw new CorruptStateException(key, 0, $"its head cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The tenant in the current row, whether it can be one or not.</summary>
    public static string Tenant(NpgsqlDataReader reader, int first) => reader.GetString(first);

    /// <summary>The id in the current row, whether it can be one or not.</summary>
    public static string Id(NpgsqlDataReader reader, int first) => reader.GetString(first + 1);

    /// <summary>The error when an index has found the row of another thread, which is not named: it may be another tenant's.</summary>
    public static CorruptStateException OtherRow(ThreadKey key)
        => new(key, 0, "the index of the table led to the row of another thread. Nothing was changed. REINDEX the tables of the schema.");

    private static ThreadHead Checked(ThreadHead head)
        => head.Version < 1 ? throw new FormatException($"its version is {head.Version}.")
        : head.KeyframeVersion < 0 || head.KeyframeVersion > head.Version ? throw new FormatException($"its keyframe has version {head.KeyframeVersion}, and it has version {head.Version} itself.")
        : head.MessageCount < 0 ? throw new FormatException($"it counts {head.MessageCount} messages.")
        : head;

    private static ThreadStatus StatusOf(string name) => ThreadStatusNames.TryParse(name, out var status)
        ? status
        : throw new FormatException($"its status '{name}' is not known.");
}
