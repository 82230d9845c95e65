using System.Data;
using Holdfast.Logs;
using Holdfast.Postgres.Connections;
using Holdfast.Postgres.Rows;
using Npgsql;

namespace Holdfast.Postgres.Writing;

/// <summary>Removes a thread: its row first, which keeps appends away, and then its entries, those included that an append added meanwhile.</summary>
internal sealed class ThreadErasure(Database database)
{
    private readonly string _erase =
        $"""
        DELETE FROM {database.Target.QuotedSchema}.threads
        WHERE tenant = $1 AND thread_id = $2 AND ($3::bytea IS NULL OR (chain_hash = $3 AND expires_at IS NOT DISTINCT FROM $4))
        RETURNING CASE WHEN tenant = $1 AND thread_id = $2 THEN number END
        """;

    private readonly string _eraseEntries = $"DELETE FROM {database.Target.QuotedSchema}.entries WHERE thread = $1";

    public async Task<bool> RunAsync(ChangeTransaction change, ThreadKey key, ThreadHead? ifUnchanged, CancellationToken cancellationToken)
    {
        NpgsqlParameter[] parameters =
        [
            Parameters.Text(key.Tenant), Parameters.Text(key.Id.Value),
            Parameters.Bytes(ifUnchanged?.ChainHash.ToByteArray()), Parameters.Instant(Instants.Of(ifUnchanged?.ExpiresAt)),
        ];
        var erased = await change.ScalarAsync(_erase, parameters, cancellationToken).ConfigureAwait(false);
        if (erased is not long number)
        {
            return erased is DBNull ? throw HeadColumns.OtherRow(key) : false;
        }

        // A statement of its own, because it must see what was committed while the one before waited for the row.
        await change.ExecuteAsync(_eraseEntries, [Parameters.Number(number)], cancellationToken).ConfigureAwait(false);
        return true;
    }
}
