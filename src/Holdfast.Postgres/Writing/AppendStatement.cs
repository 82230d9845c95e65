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
    /// <summary>The parameters of the functions, in their order: <see cref="AppendFunctions.Parameters"/>.</summary>
    private static readonly AppendColumn[] Columns =
    [
        AppendColumn.Of(NpgsqlDbType.Smallint, item => (short)item.Key.Space),
        AppendColumn.Of(NpgsqlDbType.Text, item => item.Key.Tenant),
        AppendColumn.Of(NpgsqlDbType.Text, item => item.Key.Id.Value),
        AppendColumn.Of(NpgsqlDbType.Boolean, item => item.Request.Begins),
        AppendColumn.Of(NpgsqlDbType.Text, item => AppendRules.TrunkInTheWay(item.Request)?.Id.Value),
        AppendColumn.Of(NpgsqlDbType.Bytea, item => item.Request.After.ToByteArray()),
        AppendColumn.Of(NpgsqlDbType.Boolean, item => item.Request.KeepExpiry),

        // The head.
        AppendColumn.Of(NpgsqlDbType.Uuid, item => item.Request.Head.Life.Value),
        AppendColumn.Of(NpgsqlDbType.Json, item => item.Request.Begins ? HeadCodec.WriteProperties(item.Request.Head.Properties) : null),
        AppendColumn.Of(NpgsqlDbType.Bytea, item => item.Request.Begins ? RowGuards.Of(FirstHead(item.Request)).ToByteArray() : null),
        AppendColumn.Of(NpgsqlDbType.Bigint, item => item.Request.Entry.Version),
        AppendColumn.Of(NpgsqlDbType.Bigint, item => item.Request.Head.KeyframeVersion),
        AppendColumn.Of(NpgsqlDbType.Bytea, item => item.Request.Head.ChainHash.ToByteArray()),
        AppendColumn.Of(NpgsqlDbType.Text, item => item.Request.Head.UserId),
        AppendColumn.Of(NpgsqlDbType.Text, item => item.Request.Head.Agent),
        AppendColumn.Of(NpgsqlDbType.Text, item => item.Request.Head.Status.ToName()),
        AppendColumn.Of(NpgsqlDbType.Bigint, item => item.Request.Head.MessageCount),
        AppendColumn.Of(NpgsqlDbType.TimestampTz, item => Timestamps.Of(item.Request.Head.CreatedAt)),
        AppendColumn.Of(NpgsqlDbType.TimestampTz, item => Timestamps.Of(item.Request.Head.UpdatedAt)),
        AppendColumn.Of(NpgsqlDbType.Bigint, item => Timestamps.Period(item.Request.Head.UpdatedAt)),
        AppendColumn.Of(NpgsqlDbType.TimestampTz, item => Timestamps.Of(item.Request.Head.ExpiresAt)),
        AppendColumn.Of(NpgsqlDbType.Bigint, item => Timestamps.Period(item.Request.Head.ExpiresAt)),
        AppendColumn.Of(NpgsqlDbType.TimestampTz, item => Timestamps.Of(item.Request.Head.DeletedAt)),
        AppendColumn.Of(NpgsqlDbType.TimestampTz, item => Timestamps.Of(item.Request.Head.DueAt)),
        AppendColumn.Of(NpgsqlDbType.Bigint, item => Timestamps.Period(item.Request.Head.DueAt)),
        AppendColumn.Of(NpgsqlDbType.Jsonb, item => item.Metadata.Searchable),
        AppendColumn.Of(NpgsqlDbType.Bytea, item => item.Metadata.Exact),
        AppendColumn.Of(NpgsqlDbType.Jsonb, item => HeadCodec.WriteTerms(item.Request.Head.Terms)),

        // The entry.
        AppendColumn.Of(NpgsqlDbType.TimestampTz, item => Timestamps.Of(item.Request.Entry.At)),
        AppendColumn.Of(NpgsqlDbType.Uuid, item => item.Request.Entry.CommitId.Value),
        AppendColumn.Of(NpgsqlDbType.Integer, item => item.Request.Entry.MessageCount),
        AppendColumn.Of(NpgsqlDbType.Integer, item => item.Request.Entry.Body.Length),
        AppendColumn.Of(NpgsqlDbType.Boolean, item => item.Request.Entry.IsKeyframe),
        AppendColumn.Of(NpgsqlDbType.Bytea, item => item.Request.Entry.BodyHash.ToByteArray()),
        AppendColumn.Of(NpgsqlDbType.Bytea, item => item.Request.Entry.RewrittenHash?.ToByteArray()),
        AppendColumn.Of(NpgsqlDbType.Json, item => item.IsPlain ? item.Request.Entry.Body : (ReadOnlyMemory<byte>?)null),
        AppendColumn.Of(NpgsqlDbType.Bytea, item => item.IsPlain ? (ReadOnlyMemory<byte>?)null : item.Request.Entry.Body),
    ];

    /// <summary>The SQL that appends one entry, with the parameters of <see cref="ParametersForOne"/>. Its one value tells why nothing was appended: <see cref="StandingThread.Read"/>.</summary>
    public string One { get; } = Call(schema, "append_1");

    /// <summary>The SQL that appends several, with the parameters of <see cref="ParametersFor"/>. Its one value tells of those that were not appended: <see cref="StandingThread.Read"/>.</summary>
    public string Several { get; } = Call(schema, "append_batch_1");

    /// <summary>
    /// The SQL that appends to a thread which is as expected, and else does nothing, with the parameters of <see cref="ParametersForOne"/>. Prepared, it costs the server less
    /// than the function does.
    /// </summary>
    public string Expected { get; } = Numbered(AppendFunctions.Expected.Replace(Migration.Schema, schema, StringComparison.Ordinal));

    /// <summary>The parameters for several appends.</summary>
    public static NpgsqlParameter[] ParametersFor(IReadOnlyList<PendingAppend> items) => Array.ConvertAll(Columns, column => column.For(items));

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

    // As append_1 makes it.
    private static ThreadHead FirstHead(AppendRequest request) => request.Head with { Key = request.Entry.Key, FirstVersion = request.Entry.Version, Revision = 0, PinCount = 0, LowestPin = null };

    private static string Call(string schema, string function) => $"SELECT {schema}.{function}({string.Join(", ", Enumerable.Range(1, Columns.Length).Select(i => $"${i}"))})";

    // The names of parameters are words of their own in the SQL.
    private static string Numbered(string sql)
        => NameOfParameter().Replace(sql, match => string.Create(CultureInfo.InvariantCulture, $"${Array.FindIndex(AppendFunctions.Parameters, parameter => parameter.Name == match.Value) + 1}"));

    [GeneratedRegex(@"\ba_\w+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NameOfParameter();
}
