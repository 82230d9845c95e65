using Holdfast.Logs;
using Holdfast.Postgres.Connecting;
using Holdfast.Postgres.Rows;
using Npgsql;
using NpgsqlTypes;

namespace Holdfast.Postgres.Maintenance;

/// <summary>Removes a thread, or renames it to a trunk. Removing needs nothing of the head but what it asks for, so that a damaged thread can still be erased.</summary>
internal sealed class ThreadErasure(Database database)
{
    /// <summary>Whether the row of the table <c>t</c> is unchanged, and whether it is the one that was asked for.</summary>
    private const string IsUnchanged = "($4::uuid IS NULL OR (t.life = $4 AND t.chain_hash = $5 AND t.revision = $6))";

    private readonly string _erase =
        $"""
        DELETE FROM {database.Target.QuotedSchema}.threads t WHERE {HeadColumns.IsKey} AND {IsUnchanged}
        RETURNING CASE WHEN {HeadColumns.IsKey} THEN ARRAY[number, number_again] END
        """;

    // A number of a damaged row may be that of another thread, whose entries stay. To look for that reads all rows, and no other erasure does it.
    private readonly string _ownNumbers =
        $"""
        SELECT coalesce(array_agg(n), ARRAY[]::bigint[]) FROM unnest($1::bigint[]) n WHERE NOT EXISTS (SELECT FROM {database.Target.QuotedSchema}.threads t WHERE n IN (t.number, t.number_again))
        """;

    private readonly string _eraseRest =
        $"""
        WITH unpinned AS (DELETE FROM {database.Target.QuotedSchema}.pins WHERE thread = ANY ($1))
        DELETE FROM {database.Target.QuotedSchema}.entries WHERE thread = ANY ($1)
        """;

    private readonly string _rename = $"UPDATE {database.Target.QuotedSchema}.threads t SET space = $4, thread_id = $5, guard = $6 WHERE {HeadColumns.IsKey}";

    public Task<bool> RunAsync(ChangeTransaction change, EraseRequest request, CancellationToken cancellationToken)
        => request.KeepAsTrunk ? RenameAsync(change, request, cancellationToken) : EraseAsync(change, request, cancellationToken);

    // The row first, which keeps appends away, and then its entries, those included that an append added meanwhile.
    private async Task<bool> EraseAsync(ChangeTransaction change, EraseRequest request, CancellationToken cancellationToken)
    {
        var erased = await change.ScalarAsync(_erase, ParametersOf(request), cancellationToken).ConfigureAwait(false);
        if (erased is not long[] numbers)
        {
            return erased is DBNull ? throw HeadColumns.OtherRow(request.Key) : false;
        }

        if (numbers[0] != numbers[1])
        {
            numbers = (long[])(await change.ScalarAsync(_ownNumbers, [Parameters.Array(numbers, NpgsqlDbType.Bigint, number => number)], cancellationToken).ConfigureAwait(false))!;
        }

        // A statement of its own, because it must see what was committed while the one before waited for the row.
        await change.ExecuteAsync(_eraseRest, [Parameters.Array(numbers, NpgsqlDbType.Bigint, number => number)], cancellationToken).ConfigureAwait(false);
        return true;
    }

    // Entries and pins hang on the number of the row, which stays.
    private async Task<bool> RenameAsync(ChangeTransaction change, EraseRequest request, CancellationToken cancellationToken)
    {
        if (await LockedThread.FindAsync(change, request.Key, cancellationToken).ConfigureAwait(false) is not { Head: var head } || (request.IfUnchanged is { } stamp && stamp != head.Stamp))
        {
            return false;
        }

        var trunk = ThreadKey.Trunk(request.Key, head.Life);
        try
        {
            await change.ExecuteAsync(
                _rename,
                [
                    .. Parameters.Key(request.Key), Parameters.Space(trunk.Space), Parameters.Text(trunk.Id.Value),
                    Parameters.Bytes(RowGuards.Of(head with { Key = trunk }).ToByteArray()),
                ],
                cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            throw new CorruptStateException(request.Key, 0, $"a trunk of its life stands already, as '{trunk}'. A life exists once. Nothing was changed.", e);
        }
    }

    private static NpgsqlParameter[] ParametersOf(EraseRequest request)
        => [
            .. Parameters.Key(request.Key), Parameters.Life(request.IfUnchanged?.Life), Parameters.Bytes(request.IfUnchanged?.ChainHash.ToByteArray()),
            Parameters.NumberOrNull(request.IfUnchanged?.Revision),
        ];
}
