using Holdfast.Logs;
using Holdfast.Postgres.Rows;
using Npgsql;
using NpgsqlTypes;

namespace Holdfast.Postgres.Writing;

/// <summary>The one statement that appends entries to threads: for each of them both entry and head, or neither.</summary>
/// <remarks>
/// It calls a function of the schema (see the migrations) and is its own transaction; it needs nothing of the session, and so works behind a pooler.
/// </remarks>
internal sealed class AppendStatement(string schema)
{
    /// <summary>The parameters of the functions, in their order.</summary>
    private static readonly AppendColumn[] Columns =
    [
        AppendColumn.Of(NpgsqlDbType.Text, item => item.Key.Tenant),
        AppendColumn.Of(NpgsqlDbType.Text, item => item.Key.Id.Value),
        AppendColumn.Of(NpgsqlDbType.Bytea, item => item.Request.After.ToByteArray()),
        AppendColumn.Of(NpgsqlDbType.Boolean, item => item.Request.KeepExpiry),

        // The head.
        AppendColumn.Of(NpgsqlDbType.Bigint, item => item.Request.Entry.Version),
        AppendColumn.Of(NpgsqlDbType.Bigint, item => item.Request.Head.KeyframeVersion),
        AppendColumn.Of(NpgsqlDbType.Bytea, item => item.Request.Head.ChainHash.ToByteArray()),
        AppendColumn.Of(NpgsqlDbType.Text, item => item.Request.Head.UserId),
        AppendColumn.Of(NpgsqlDbType.Text, item => item.Request.Head.Agent),
        AppendColumn.Of(NpgsqlDbType.Text, item => item.Request.Head.Status.ToName()),
        AppendColumn.Of(NpgsqlDbType.Bigint, item => item.Request.Head.MessageCount),
        AppendColumn.Of(NpgsqlDbType.TimestampTz, item => Instants.Of(item.Request.Head.CreatedAt)),
        AppendColumn.Of(NpgsqlDbType.TimestampTz, item => Instants.Of(item.Request.Head.UpdatedAt)),
        AppendColumn.Of(NpgsqlDbType.Bigint, item => Instants.Period(item.Request.Head.UpdatedAt)),
        AppendColumn.Of(NpgsqlDbType.TimestampTz, item => Instants.Of(item.Request.Head.ExpiresAt)),
        AppendColumn.Of(NpgsqlDbType.Bigint, item => Instants.Period(item.Request.Head.ExpiresAt)),
        AppendColumn.Of(NpgsqlDbType.TimestampTz, item => Instants.Of(item.Request.Head.DeletedAt)),
        AppendColumn.Of(NpgsqlDbType.Jsonb, item => item.Metadata.Searchable),
        AppendColumn.Of(NpgsqlDbType.Bytea, item => item.Metadata.Exact),

        // The entry.
        AppendColumn.Of(NpgsqlDbType.TimestampTz, item => Instants.Of(item.Request.Entry.At)),
        AppendColumn.Of(NpgsqlDbType.Uuid, item => item.Request.Entry.CommitId.Value),
        AppendColumn.Of(NpgsqlDbType.Integer, item => item.Request.Entry.MessageCount),
        AppendColumn.Of(NpgsqlDbType.Integer, item => item.Request.Entry.Body.Length),
        AppendColumn.Of(NpgsqlDbType.Boolean, item => item.Request.Entry.IsKeyframe),
        AppendColumn.Of(NpgsqlDbType.Boolean, item => item.Request.Entry.IsRewritten),
        AppendColumn.Of(NpgsqlDbType.Bytea, item => item.Request.Entry.BodyHash.ToByteArray()),
        AppendColumn.Of(NpgsqlDbType.Json, item => item.IsPlain ? item.Request.Entry.Body : (ReadOnlyMemory<byte>?)null),
        AppendColumn.Of(NpgsqlDbType.Bytea, item => item.IsPlain ? (ReadOnlyMemory<byte>?)null : item.Request.Entry.Body),
    ];

    private readonly string _one = Call(schema, "append_1");
    private readonly string _several = Call(schema, "append_batch_1");

    /// <summary>The SQL, whose one value has three numbers for each that was not appended: its place from 1 on, what became of it, and the version of its thread.</summary>
    public string SqlFor(IReadOnlyList<PendingAppend> items) => items.Count == 1 ? _one : _several;

    /// <summary>The parameters of the SQL.</summary>
    public static IEnumerable<NpgsqlParameter> ParametersFor(IReadOnlyList<PendingAppend> items) => items is [var alone]
        ? Columns.Select(column => column.For(alone))
        : Columns.Select(column => column.For(items));

    /// <summary>The outcome for an append that was not made; null if it can be made now, because what stood in its way is gone.</summary>
    public static AppendResult? ResultOf(PendingAppend item, long outcome, long version) => outcome switch
    {
        // When an answer was lost on the way, what is found is the work of this call.
        1 => item.MayStand ? new(AppendOutcome.Appended, version) : AppendResult.Duplicate(version),
        2 => AppendResult.Conflict(version),
        _ => null,
    };

    private static string Call(string schema, string function) => $"SELECT {schema}.{function}({string.Join(", ", Enumerable.Range(1, Columns.Length).Select(i => $"${i}"))})";
}
