using Holdfast.Logs;
using Holdfast.Postgres.Rows;
using Npgsql;
using NpgsqlTypes;

namespace Holdfast.Postgres.Writing;

/// <summary>The one statement that appends any number of entries to threads: for each of them both entry and head, or neither.</summary>
/// <remarks>
/// It calls a function of the schema (see the migrations) and is its own transaction; it needs nothing of the session, and so works behind a pooler.
/// </remarks>
internal static class AppendStatement
{
    private const int KeyframeFlag = 1, RewrittenFlag = 2, KeepsExpiryFlag = 4;

    /// <summary>The SQL, whose one value has three numbers for each that was not appended: its place from 1 on, what became of it, and the version of its thread.</summary>
    public static string SqlFor(string schema) => $"SELECT {schema}.append_1($1, $2, $3, $4, $5, $6, $7, $8, $9)";

    public static NpgsqlParameter[] ParametersFor(IReadOnlyList<PendingAppend> items) =>
    [
        Parameters.ArrayOfAll(items, NpgsqlDbType.Text, TextsOf),
        Parameters.ArrayOfAll(items, NpgsqlDbType.Bigint, NumbersOf),
        Parameters.ArrayOfAll(items, NpgsqlDbType.TimestampTz, TimesOf),
        Parameters.ArrayOfAll(items, NpgsqlDbType.Bytea, DigestsOf),
        Parameters.Array(items, NpgsqlDbType.Uuid, item => item.Request.Entry.CommitId.Value),
        Parameters.Array(items, NpgsqlDbType.Jsonb, item => item.Metadata.Searchable),
        Parameters.Array(items, NpgsqlDbType.Bytea, item => item.Metadata.Exact),
        Parameters.Array(items, NpgsqlDbType.Json, item => item.IsPlain ? item.Request.Entry.Body : (ReadOnlyMemory<byte>?)null),
        Parameters.Array(items, NpgsqlDbType.Bytea, item => item.IsPlain ? (ReadOnlyMemory<byte>?)null : item.Request.Entry.Body),
    ];

    /// <summary>The outcome for an append that was not made; null if it can be made now, because what stood in its way is gone.</summary>
    public static AppendResult? ResultOf(PendingAppend item, long outcome, long version) => outcome switch
    {
        // When an answer was lost on the way, what is found is the work of this call.
        1 => item.MayStand ? new(AppendOutcome.Appended, version) : AppendResult.Duplicate(version),
        2 => AppendResult.Conflict(version),
        _ => null,
    };

    private static string?[] TextsOf(PendingAppend item)
    {
        var head = item.Request.Head;
        return [item.Key.Tenant, item.Key.Id.Value, head.UserId, head.Agent, head.Status.ToName()];
    }

    private static long[] NumbersOf(PendingAppend item)
    {
        var (entry, head) = (item.Request.Entry, item.Request.Head);
        var flags = (entry.IsKeyframe ? KeyframeFlag : 0) | (entry.IsRewritten ? RewrittenFlag : 0) | (item.Request.KeepExpiry ? KeepsExpiryFlag : 0);
        return [entry.Version, head.KeyframeVersion, head.MessageCount, entry.MessageCount, entry.Body.Length, flags];
    }

    private static DateTimeOffset?[] TimesOf(PendingAppend item)
    {
        var head = item.Request.Head;
        return [Instants.Of(head.CreatedAt), Instants.Of(head.UpdatedAt), Instants.Of(head.ExpiresAt), Instants.Of(head.DeletedAt), Instants.Of(item.Request.Entry.At)];
    }

    private static byte[][] DigestsOf(PendingAppend item)
        => [item.Request.After.ToByteArray(), item.Request.Head.ChainHash.ToByteArray(), item.Request.Entry.BodyHash.ToByteArray()];
}
