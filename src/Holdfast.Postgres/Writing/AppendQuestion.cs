using Holdfast.Logs;
using Holdfast.Postgres.Rows;
using Npgsql;
using NpgsqlTypes;

namespace Holdfast.Postgres.Writing;

/// <summary>Asks what stands where appends were not made: it settles duplicates and conflicts.</summary>
internal static class AppendQuestion
{
    /// <summary>The SQL, whose rows are place, current version, chain hash, and the commit id at the version that was asked for.</summary>
    public static string SqlFor(string schema)
        => $"""
            SELECT g.place, t.version, t.chain_hash, e.commit_id
            FROM unnest($1::text[], $2::text[], $3::bigint[]) WITH ORDINALITY AS g(tenant, thread_id, version, place)
            LEFT JOIN {schema}.threads t ON t.tenant = g.tenant AND t.thread_id = g.thread_id
            LEFT JOIN {schema}.entries e ON e.thread = t.number AND e.version = g.version
            """;

    public static IEnumerable<NpgsqlParameter> ParametersFor(IReadOnlyList<PendingAppend> batch) =>
    [
        Parameters.Array(batch, NpgsqlDbType.Text, item => item.Key.Tenant),
        Parameters.Array(batch, NpgsqlDbType.Text, item => item.Key.Id.Value),
        Parameters.Array(batch, NpgsqlDbType.Bigint, item => item.Request.Entry.Version),
    ];

    /// <summary>The outcome for <paramref name="item"/>; null if it can be appended now, because what stood in its way is gone.</summary>
    public static AppendResult? Settle(PendingAppend item, NpgsqlDataReader reader)
    {
        var version = reader.IsDBNull(1) ? 0 : reader.GetInt64(1);
        var entry = item.Request.Entry;
        if (!reader.IsDBNull(3) && reader.GetGuid(3) == entry.CommitId.Value)
        {
            // When an answer was lost on the way, what is found is the work of this call.
            return item.MayStand ? new(AppendOutcome.Appended, version) : AppendResult.Duplicate(version);
        }

        var chain = version == 0 ? ChainHash.Start : Digest.FromBytes(reader.GetFieldValue<byte[]>(2));
        return version == entry.Version - 1 && chain == item.Request.After ? null : AppendResult.Conflict(version);
    }
}
