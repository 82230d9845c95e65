using Holdfast.Logs;
using Holdfast.Postgres.Rows;
using Npgsql;
using NpgsqlTypes;

namespace Holdfast.Postgres.Writing;

/// <summary>The one statement that appends any number of entries to as many threads: for each of them both entry and head, or neither.</summary>
/// <remarks>
/// A row of a thread is changed only where version and chain hash still are those that the append expects, and an entry is inserted only for a row that was
/// changed or inserted. The statement is its own transaction; it needs nothing of the session, and so works behind a pooler.
/// </remarks>
internal sealed class AppendStatement(string schema)
{
    private readonly string _toStanding = Sql(schema, standing: true, begun: false);
    private readonly string _toNew = Sql(schema, standing: false, begun: true);
    private readonly string _toBoth = Sql(schema, standing: true, begun: true);

    private static readonly Column[] Columns =
    [
        Column.Of("tenant", "text", NpgsqlDbType.Text, item => item.Key.Tenant),
        Column.Of("thread_id", "text", NpgsqlDbType.Text, item => item.Key.Id.Value),
        Column.Of("version", "bigint", NpgsqlDbType.Bigint, item => item.Request.Entry.Version),
        Column.Of("after", "bytea", NpgsqlDbType.Bytea, item => item.Request.After.ToByteArray()),
        Column.Of("keyframe_version", "bigint", NpgsqlDbType.Bigint, item => item.Request.Head.KeyframeVersion),
        Column.Of("chain_hash", "bytea", NpgsqlDbType.Bytea, item => item.Request.Head.ChainHash.ToByteArray()),
        Column.Of("user_id", "text", NpgsqlDbType.Text, item => item.Request.Head.UserId),
        Column.Of("agent", "text", NpgsqlDbType.Text, item => item.Request.Head.Agent),
        Column.Of("status", "text", NpgsqlDbType.Text, item => item.Request.Head.Status.ToName()),
        Column.Of("message_count", "bigint", NpgsqlDbType.Bigint, item => item.Request.Head.MessageCount),
        Column.Of("created_at", "timestamptz", NpgsqlDbType.TimestampTz, item => Instants.Of(item.Request.Head.CreatedAt)),
        Column.Of("updated_at", "timestamptz", NpgsqlDbType.TimestampTz, item => Instants.Of(item.Request.Head.UpdatedAt)),
        Column.Of("expires_at", "timestamptz", NpgsqlDbType.TimestampTz, item => Instants.Of(item.Request.Head.ExpiresAt)),
        Column.Of("keeps_expiry", "boolean", NpgsqlDbType.Boolean, item => item.Request.KeepExpiry),
        Column.Of("deleted_at", "timestamptz", NpgsqlDbType.TimestampTz, item => Instants.Of(item.Request.Head.DeletedAt)),
        Column.Of("metadata", "jsonb", NpgsqlDbType.Jsonb, item => item.Metadata.Searchable),
        Column.Of("metadata_exact", "bytea", NpgsqlDbType.Bytea, item => item.Metadata.Exact),
        Column.Of("at", "timestamptz", NpgsqlDbType.TimestampTz, item => Instants.Of(item.Request.Entry.At)),
        Column.Of("commit_id", "uuid", NpgsqlDbType.Uuid, item => item.Request.Entry.CommitId.Value),
        Column.Of("entry_messages", "integer", NpgsqlDbType.Integer, item => item.Request.Entry.MessageCount),
        Column.Of("size", "integer", NpgsqlDbType.Integer, item => item.Request.Entry.Body.Length),
        Column.Of("is_keyframe", "boolean", NpgsqlDbType.Boolean, item => item.Request.Entry.IsKeyframe),
        Column.Of("is_rewritten", "boolean", NpgsqlDbType.Boolean, item => item.Request.Entry.IsRewritten),
        Column.Of("body_hash", "bytea", NpgsqlDbType.Bytea, item => item.Request.Entry.BodyHash.ToByteArray()),
        Column.Of("body", "json", NpgsqlDbType.Json, item => item.IsPlain ? item.Request.Entry.Body : (ReadOnlyMemory<byte>?)null),
        Column.Of("sealed_body", "bytea", NpgsqlDbType.Bytea, item => item.IsPlain ? (ReadOnlyMemory<byte>?)null : item.Request.Entry.Body),
    ];

    /// <summary>The columns of the head that an append writes as they are given.</summary>
    private static readonly string[] HeadColumns =
    [
        "version", "keyframe_version", "chain_hash", "user_id", "agent", "status", "message_count", "created_at", "updated_at", "deleted_at", "metadata", "metadata_exact",
    ];

    /// <summary>The SQL for a batch, whose rows are the places (from 1) of those that were appended.</summary>
    public string SqlFor(IReadOnlyList<PendingAppend> batch)
    {
        var begun = batch.Count(item => item.Request.Entry.Version == 1);
        return begun == 0 ? _toStanding : begun == batch.Count ? _toNew : _toBoth;
    }

    public static IEnumerable<NpgsqlParameter> ParametersFor(IReadOnlyList<PendingAppend> batch) => Columns.Select(column => column.ToParameter(batch));

    private static string Sql(string schema, bool standing, bool begun)
    {
        var heads = string.Join(", ", HeadColumns);
        List<string> parts =
        [
            $"""
            WITH given AS (
                SELECT * FROM unnest({string.Join(", ", Columns.Select((column, i) => $"${i + 1}::{column.SqlType}[]"))}) WITH ORDINALITY
                    AS given({string.Join(", ", Columns.Select(column => column.Name))}, place))
            """,
        ];
        List<string> stood = [];
        if (standing)
        {
            stood.Add("SELECT number, place FROM changed");
            parts.Add(
                $"""
                changed AS (
                    UPDATE {schema}.threads t
                    SET {string.Join(", ", HeadColumns.Select(name => $"{name} = g.{name}"))}, expires_at = CASE WHEN g.keeps_expiry THEN t.expires_at ELSE g.expires_at END
                    FROM given g
                    WHERE t.tenant = g.tenant AND t.thread_id = g.thread_id AND t.version = g.version - 1 AND t.chain_hash = g.after
                    RETURNING t.number, g.place)
                """);
        }

        if (begun)
        {
            stood.Add("SELECT b.number, g.place FROM begun b JOIN given g ON g.tenant = b.tenant AND g.thread_id = b.thread_id");
            parts.Add(
                $"""
                begun AS (
                    INSERT INTO {schema}.threads (tenant, thread_id, expires_at, {heads})
                    SELECT tenant, thread_id, expires_at, {heads} FROM given
                    WHERE version = 1 AND after = decode('{ChainHash.Start}', 'hex')
                    ON CONFLICT (tenant, thread_id) DO NOTHING
                    RETURNING number, tenant, thread_id)
                """);
        }

        parts.Add($"stood AS ({string.Join(" UNION ALL ", stood)})");
        parts.Add(
            $"""
            written AS (
                INSERT INTO {schema}.entries (thread, version, at, commit_id, message_count, size, is_keyframe, is_rewritten, body_hash, body, sealed_body)
                SELECT s.number, g.version, g.at, g.commit_id, g.entry_messages, g.size,
                    g.is_keyframe, g.is_rewritten, g.body_hash, g.body, g.sealed_body
                FROM stood s JOIN given g ON g.place = s.place)
            """);
        return string.Join(",\n", parts) + "\nSELECT place FROM stood";
    }

    /// <summary>One column of what is given: an array parameter.</summary>
    private sealed record Column(string Name, string SqlType, Func<IReadOnlyList<PendingAppend>, NpgsqlParameter> ToParameter)
    {
        public static Column Of<T>(string name, string sqlType, NpgsqlDbType type, Func<PendingAppend, T> select)
            => new(name, sqlType, batch => Parameters.Array(batch, type, select));
    }
}
