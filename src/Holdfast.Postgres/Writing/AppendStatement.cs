using System.Globalization;
using System.Text.RegularExpressions;
using Holdfast.Logs;
using Holdfast.Postgres.Rows;
using Holdfast.Postgres.Schema;
using Npgsql;
using NpgsqlTypes;

namespace Holdfast.Postgres.Writing;

/// <summary>The one statement that appends entries to threads: for each of them both entry and head, or neither.</summary>
/// <remarks>
/// It calls a function of the schema (see the migrations) and is its own transaction; it needs nothing of the session, and so works behind a pooler.
/// </remarks>
internal sealed partial class AppendStatement(string schema)
{
    /// <summary>The outcome for an append to a thread whose newest entry is gone.</summary>
    public const long NewestIsGone = 4;

    /// <summary>The parameters of the functions, in their order.</summary>
    private static readonly AppendColumn[] Columns =
    [
        AppendColumn.Of("a_tenant", NpgsqlDbType.Text, item => item.Key.Tenant),
        AppendColumn.Of("a_thread_id", NpgsqlDbType.Text, item => item.Key.Id.Value),
        AppendColumn.Of("a_after_hash", NpgsqlDbType.Bytea, item => item.Request.After.ToByteArray()),
        AppendColumn.Of("a_keeps_expiry", NpgsqlDbType.Boolean, item => item.Request.KeepExpiry),

        // The head.
        AppendColumn.Of("a_version", NpgsqlDbType.Bigint, item => item.Request.Entry.Version),
        AppendColumn.Of("a_keyframe_version", NpgsqlDbType.Bigint, item => item.Request.Head.KeyframeVersion),
        AppendColumn.Of("a_chain_hash", NpgsqlDbType.Bytea, item => item.Request.Head.ChainHash.ToByteArray()),
        AppendColumn.Of("a_user_id", NpgsqlDbType.Text, item => item.Request.Head.UserId),
        AppendColumn.Of("a_agent", NpgsqlDbType.Text, item => item.Request.Head.Agent),
        AppendColumn.Of("a_status", NpgsqlDbType.Text, item => item.Request.Head.Status.ToName()),
        AppendColumn.Of("a_message_count", NpgsqlDbType.Bigint, item => item.Request.Head.MessageCount),
        AppendColumn.Of("a_created_at", NpgsqlDbType.TimestampTz, item => Instants.Of(item.Request.Head.CreatedAt)),
        AppendColumn.Of("a_updated_at", NpgsqlDbType.TimestampTz, item => Instants.Of(item.Request.Head.UpdatedAt)),
        AppendColumn.Of("a_period", NpgsqlDbType.Bigint, item => Instants.Period(item.Request.Head.UpdatedAt)),
        AppendColumn.Of("a_expires_at", NpgsqlDbType.TimestampTz, item => Instants.Of(item.Request.Head.ExpiresAt)),
        AppendColumn.Of("a_expiry_period", NpgsqlDbType.Bigint, item => Instants.Period(item.Request.Head.ExpiresAt)),
        AppendColumn.Of("a_deleted_at", NpgsqlDbType.TimestampTz, item => Instants.Of(item.Request.Head.DeletedAt)),
        AppendColumn.Of("a_metadata", NpgsqlDbType.Jsonb, item => item.Metadata.Searchable),
        AppendColumn.Of("a_metadata_exact", NpgsqlDbType.Bytea, item => item.Metadata.Exact),

        // The entry.
        AppendColumn.Of("a_entry_at", NpgsqlDbType.TimestampTz, item => Instants.Of(item.Request.Entry.At)),
        AppendColumn.Of("a_commit_id", NpgsqlDbType.Uuid, item => item.Request.Entry.CommitId.Value),
        AppendColumn.Of("a_entry_messages", NpgsqlDbType.Integer, item => item.Request.Entry.MessageCount),
        AppendColumn.Of("a_size", NpgsqlDbType.Integer, item => item.Request.Entry.Body.Length),
        AppendColumn.Of("a_is_keyframe", NpgsqlDbType.Boolean, item => item.Request.Entry.IsKeyframe),
        AppendColumn.Of("a_is_rewritten", NpgsqlDbType.Boolean, item => item.Request.Entry.IsRewritten),
        AppendColumn.Of("a_body_hash", NpgsqlDbType.Bytea, item => item.Request.Entry.BodyHash.ToByteArray()),
        AppendColumn.Of("a_body", NpgsqlDbType.Json, item => item.IsPlain ? item.Request.Entry.Body : (ReadOnlyMemory<byte>?)null),
        AppendColumn.Of("a_sealed_body", NpgsqlDbType.Bytea, item => item.IsPlain ? (ReadOnlyMemory<byte>?)null : item.Request.Entry.Body),
    ];

    private readonly string _one = Call(schema, "append_1");
    private readonly string _several = Call(schema, "append_batch_1");

    /// <summary>
    /// The SQL that appends to a thread which is as expected, and else does nothing, with the parameters of <see cref="ParametersForOne"/>. Prepared, it costs the server less
    /// than the function does.
    /// </summary>
    public string Expected { get; } = Numbered(AppendFunctions.Expected.Replace(Migration.Schema, schema, StringComparison.Ordinal));

    /// <summary>The SQL, whose one value has three numbers for each that was not appended: its place from 1 on, what became of it, and the version of its thread.</summary>
    public string SqlFor(IReadOnlyList<PendingAppend> items) => items.Count == 1 ? _one : _several;

    /// <summary>The parameters of the SQL.</summary>
    public static NpgsqlParameter[] ParametersFor(IReadOnlyList<PendingAppend> items)
    {
        if (items is not [var alone])
        {
            return Array.ConvertAll(Columns, column => column.For(items));
        }

        var parameters = ParametersForOne();
        SetValues(parameters, alone);
        return parameters;
    }

    /// <summary>The parameters for one append, without values.</summary>
    public static NpgsqlParameter[] ParametersForOne() => Array.ConvertAll(Columns, column => column.ForOne());

    /// <summary>Gives the parameters for one append their values.</summary>
    public static void SetValues(NpgsqlParameter[] parameters, PendingAppend item)
    {
        for (var i = 0; i < parameters.Length; i++)
        {
            Columns[i].Set(parameters[i], item);
        }
    }

    /// <summary>Takes their values from the parameters for one append.</summary>
    public static void ClearValues(NpgsqlParameter[] parameters)
    {
        for (var i = 0; i < parameters.Length; i++)
        {
            Columns[i].Clear(parameters[i]);
        }
    }

    /// <summary>The outcome for an append that was not made; null if it can be made now, because what stood in its way is gone.</summary>
    public static AppendResult? ResultOf(PendingAppend item, long outcome, long version) => outcome switch
    {
        // When an answer was lost on the way, what is found is the work of this call.
        1 => item.MayStand ? new(AppendOutcome.Appended, version) : AppendResult.Duplicate(version),
        2 => AppendResult.Conflict(version),
        _ => null,
    };

    private static string Call(string schema, string function) => $"SELECT {schema}.{function}({string.Join(", ", Enumerable.Range(1, Columns.Length).Select(i => $"${i}"))})";

    // The names of parameters are words of their own in the SQL.
    private static string Numbered(string sql)
        => NameOfParameter().Replace(sql, match => string.Create(CultureInfo.InvariantCulture, $"${Array.FindIndex(Columns, column => column.Name == match.Value) + 1}"));

    [GeneratedRegex(@"\ba_\w+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NameOfParameter();
}
