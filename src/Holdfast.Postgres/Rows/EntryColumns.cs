using Holdfast.Logs;
using Npgsql;

namespace Holdfast.Postgres.Rows;

/// <summary>The columns of an entry, and how they are read.</summary>
internal static class EntryColumns
{
    /// <summary>How many columns there are.</summary>
    public const int Count = 11;

    /// <summary>The columns of the table <c>e</c>, in the order in which <see cref="Read"/> expects them.</summary>
    public const string Sql = "e.version, e.commit_id, e.at, e.message_count, e.is_keyframe, e.body_hash, e.rewritten_hash, e.body, e.sealed_body, e.thread = t.number, e.size";

    /// <summary>Reads the first columns of the current row.</summary>
    /// <exception cref="CorruptStateException">They do not make an entry, or it is the entry of another thread than that of the table <c>t</c>.</exception>
    public static LogEntry Read(NpgsqlDataReader reader, ThreadKey key)
    {
        var version = reader.GetInt64(0);
        if (!reader.GetBoolean(9))
        {
            throw HeadColumns.OtherRow(key, version);
        }

        try
        {
            return Checked(reader.GetInt32(10), new()
            {
                Key = key,
                Version = version,
                CommitId = new(reader.GetGuid(1)),
                At = reader.Instant(2),
                MessageCount = reader.GetInt32(3),
                IsKeyframe = reader.GetBoolean(4),
                BodyHash = Digest.FromBytes(reader.GetFieldValue<byte[]>(5)),
                RewrittenHash = reader.Bytes(6) is { } rewritten ? Digest.FromBytes(rewritten) : null,
                Body = reader.Bytes(7) ?? reader.GetFieldValue<byte[]>(8),
            });
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException)
        {
            throw new CorruptStateException(key, version, $"its entry cannot be read: {e.Message}", e);
        }
    }

    private static LogEntry Checked(int size, LogEntry entry)
        => size == entry.Body.Length ? entry : throw new FormatException($"its body has {entry.Body.Length:N0} bytes, and its row tells of {size:N0}.");
}
