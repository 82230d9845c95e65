using Holdfast.Logs;
using Npgsql;

namespace Holdfast.Postgres.Rows;

/// <summary>The columns of a head, and how they are read.</summary>
internal static class HeadColumns
{
    /// <summary>The condition that names one thread of the table <c>t</c>, with <see cref="Parameters.Key"/>.</summary>
    public const string IsKey = "t.space = $1 AND t.tenant = $2 AND t.thread_id = $3";

    private static readonly string[] Names =
    [
        "space", "tenant", "thread_id", "life", "first_version", "version", "keyframe_version", "chain_hash", "user_id", "agent", "status", "message_count",
        "created_at", "updated_at", "expires_at", "deleted_at", "due_at", "metadata", "metadata_exact", "terms", "properties", "revision", "heartbeat",
        "pin_count", "lowest_pin", "period", "expiry_period", "due_period", "expires_again", "heartbeat_again", "guard", "number", "number_again",
    ];

    /// <summary>How many columns there are.</summary>
    public static int Count => Names.Length;

    /// <summary>The columns of a table, in the order in which <see cref="Read"/> expects them.</summary>
    public static string Sql(string table) => string.Join(", ", Names.Select(name => $"{table}.{name}"));

    /// <summary>Reads the columns from the column <paramref name="first"/> of the current row on.</summary>
    /// <exception cref="CorruptStateException">They do not make a head, or it is the head of another thread than <paramref name="key"/>.</exception>
    /// <exception cref="UnknownFormatException">A newer version of the library wrote the status.</exception>
    public static ThreadHead Read(NpgsqlDataReader reader, int first, ThreadKey key)
    {
        // The index has found the row; the row knows of which thread it is.
        if (Space(reader, first) != key.Space || Tenant(reader, first) != key.Tenant || Id(reader, first) != key.Id.Value)
        {
            throw OtherRow(key);
        }

        try
        {
            return Checked(reader, first, new()
            {
                Key = key,
                Life = new(reader.GetGuid(first + 3)),
                FirstVersion = reader.GetInt64(first + 4),
                Version = reader.GetInt64(first + 5),
                KeyframeVersion = reader.GetInt64(first + 6),
                ChainHash = Digest.FromBytes(reader.GetFieldValue<byte[]>(first + 7)),
                UserId = reader.Text(first + 8),
                Agent = reader.Text(first + 9),
                Status = ThreadStatusNames.Read(reader.GetString(first + 10), key),
                MessageCount = reader.GetInt64(first + 11),
                CreatedAt = reader.Instant(first + 12),
                UpdatedAt = reader.Instant(first + 13),
                ExpiresAt = reader.InstantOrNull(first + 14),
                DeletedAt = reader.InstantOrNull(first + 15),
                DueAt = reader.InstantOrNull(first + 16),
                Metadata = new MetadataColumns(reader.Bytes(first + 17), reader.Bytes(first + 18)).Read(key),
                Terms = HeadCodec.ReadTerms(reader.Bytes(first + 19), key),
                Properties = HeadCodec.ReadProperties(reader.Bytes(first + 20), key),
                Revision = reader.GetInt64(first + 21),
                Heartbeat = reader.GetInt64(first + 22),
                PinCount = reader.GetInt32(first + 23),
                LowestPin = reader.NumberOrNull(first + 24),
            });
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException)
        {
            throw new CorruptStateException(key, 0, $"its head cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The space in the current row, whether there is one with that number or not.</summary>
    public static ThreadSpace Space(NpgsqlDataReader reader, int first) => (ThreadSpace)reader.GetInt16(first);

    /// <summary>The tenant in the current row, whether it can be one or not.</summary>
    public static string Tenant(NpgsqlDataReader reader, int first) => reader.AnyText(first + 1);

    /// <summary>The id in the current row, whether it can be one or not.</summary>
    public static string Id(NpgsqlDataReader reader, int first) => reader.AnyText(first + 2);

    /// <summary>What the entries and pins of the current row refer to.</summary>
    public static long Number(NpgsqlDataReader reader, int first) => reader.GetInt64(first + 31);

    /// <summary>The thread in the current row, as its key is written; what is damaged may have what no key has.</summary>
    public static string Name(NpgsqlDataReader reader, int first)
    {
        var (tenant, id) = (Tenant(reader, first), Id(reader, first));
        return string.Concat((tenant.Length == 0 ? id : $"{tenant}:{id}").Select(c => char.IsControl(c) ? '\ufffd' : c));
    }

    /// <summary>The error when an index has found the row of another thread, which is not named: it may be another tenant's.</summary>
    public static CorruptStateException OtherRow(ThreadKey key, long version = 0)
        => new(key, version, "the index of the table led to the row of another thread. Nothing was changed. REINDEX the tables of the schema.");

    private static ThreadHead Checked(NpgsqlDataReader reader, int first, ThreadHead head)
        => head.Version < 1 ? throw new FormatException($"its version is {head.Version}.")
        : head.FirstVersion < 1 || head.FirstVersion > head.Version ? throw new FormatException($"its first version is {head.FirstVersion}, and its newest one {head.Version}.")
        : head.KeyframeVersion < 0 || head.KeyframeVersion > head.Version ? throw new FormatException($"its keyframe has version {head.KeyframeVersion}, and it has version {head.Version} itself.")
        : head.MessageCount < 0 ? throw new FormatException($"it counts {head.MessageCount} messages.")
        : head.Revision < 0 || head.Heartbeat < 0 ? throw new FormatException($"its revision is {head.Revision} and its heartbeat {head.Heartbeat}.")
        : head.PinCount < 0 || head.LowestPin < 1 || head.PinCount == 0 != head.LowestPin is null ? throw new FormatException($"it has {head.PinCount} pins, the lowest of which is at {head.LowestPin}.")
        : !RowGuards.Of(head).Is(reader.Bytes(first + 30)) ? throw new FormatException("it does not fit its guard, so that it is damaged, or was changed by something else than Holdfast.")
        : head.ExpiresAt != reader.InstantOrNull(first + 28) ? throw new FormatException($"it expires at {head.ExpiresAt?.ToString("O") ?? "no time"} by one column, and at another time by the other.")
        : Number(reader, first) != reader.GetInt64(first + 32) ? throw new FormatException("its number is not the same in both columns, so that it is not known which entries are its own.")
        : head.Heartbeat != reader.GetInt64(first + 29) ? throw new FormatException("its heartbeat is not the same in both columns.")
        : Timestamps.Period(head.UpdatedAt) != reader.GetInt64(first + 25) || Timestamps.Period(head.ExpiresAt) != reader.NumberOrNull(first + 26) || Timestamps.Period(head.DueAt) != reader.NumberOrNull(first + 27)
            ? throw new FormatException("a period is not that of its instant.")
        : head;
}
