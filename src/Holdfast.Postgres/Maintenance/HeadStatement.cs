using Holdfast.Logs;
using Holdfast.Postgres.Connecting;
using Holdfast.Postgres.Reading;
using Holdfast.Postgres.Rows;
using Npgsql;

namespace Holdfast.Postgres.Maintenance;

/// <summary>Changes what maintenance owns of a head, but for its pins, by one statement that is a transaction of its own: nothing stays locked while this process does not answer.</summary>
internal sealed class HeadStatement(Database database, HeadLookup heads)
{
    // The guard stands for all that it covers: only what it was made of before is changed. An append may come in between; what the update does not change is left as it is by then.
    private readonly string _sql =
        $"""
        UPDATE {database.Target.QuotedSchema}.threads t
        SET heartbeat = t.heartbeat + $4, heartbeat_again = t.heartbeat_again + $4, revision = t.revision + $5,
            expires_at = CASE WHEN $6 THEN $7 ELSE t.expires_at END, expires_again = CASE WHEN $6 THEN $7 ELSE t.expires_again END, expiry_period = CASE WHEN $6 THEN $8 ELSE t.expiry_period END,
            properties = CASE WHEN $9 THEN $10 ELSE t.properties END, guard = $11
        WHERE {HeadColumns.IsKey} AND t.guard = $12 AND ($13 IS NULL OR t.chain_hash = $13)
        RETURNING {HeadColumns.Sql("t")}
        """;

    // The row was not read before, so nothing is written that its guard covers.
    private readonly string _beat =
        $"""
        UPDATE {database.Target.QuotedSchema}.threads t
        SET heartbeat = t.heartbeat + 1, heartbeat_again = t.heartbeat_again + 1
        WHERE {HeadColumns.IsKey} AND ($4 IS NULL OR t.life = $4)
        RETURNING {HeadColumns.Sql("t")}
        """;

    /// <returns>The head after it; null if there is no such thread, or a condition does not hold.</returns>
    /// <exception cref="CorruptStateException">The head is damaged.</exception>
    public async ValueTask<ThreadHead?> RunAsync(HeadUpdate update, CancellationToken cancellationToken)
    {
        var what = $"Changing the head of thread '{update.Key}'";
        await database.EnsureReadyAsync(cancellationToken).ConfigureAwait(false);
        for (var isRepeated = false; ; isRepeated = true)
        {
            var connection = await database.OpenForAsync(what, cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                var attempt = new Attempt();
                try
                {
                    return await RunAsync(connection, update, attempt, cancellationToken).ConfigureAwait(false);
                }
                catch (Exception e) when (!isRepeated && (PostgresErrors.IsCollision(e) || (!attempt.IsSent && PostgresErrors.IsLostConnection(e))))
                {
                    // Goes round once more.
                }
                catch (Exception e) when (PostgresErrors.IsBackend(e))
                {
                    if (!attempt.IsSent)
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                    }

                    throw PostgresErrors.Translate(e, database.Target, what, outcomeUnknown: attempt.IsSent && !PostgresErrors.IsRefusal(e));
                }
            }
        }
    }

    private async Task<ThreadHead?> RunAsync(NpgsqlConnection connection, HeadUpdate update, Attempt attempt, CancellationToken cancellationToken)
    {
        if (update is { Beats: true, MovesRevision: false, IfRevision: null, IfUnchanged: null })
        {
            // A beat that is counted twice is one more sign of life: it is sent again as it is when its connection is lost.
            return await WriteAsync(connection, _beat, update.Key, [Parameters.Life(update.IfLife)], cancellationToken).ConfigureAwait(false);
        }

        while (await heads.RunAsync(connection, new() { Key = update.Key }, cancellationToken).ConfigureAwait(false) is { } head && update.IsAllowed(head))
        {
            if (!update.MovesRevision && !update.Beats)
            {
                return head;
            }

            attempt.IsSent = true;
            if (await WriteAsync(connection, update, head).ConfigureAwait(false) is { } after)
            {
                return after;
            }

            // Somebody was faster: it is looked at again.
            attempt.IsSent = false;
            cancellationToken.ThrowIfCancellationRequested();
        }

        return null;
    }

    private Task<ThreadHead?> WriteAsync(NpgsqlConnection connection, HeadUpdate update, ThreadHead before)
    {
        var expiry = Timestamps.Of(update.Expiry?.At);
        var properties = update.Properties.Count > 0 ? HeadRules.Properties(update, before.Properties) : before.Properties;
        var after = before with { Revision = before.Revision + (update.MovesRevision ? 1 : 0), Properties = properties };
        return WriteAsync(
            connection,
            _sql,
            update.Key,
            [
                Parameters.Number(update.Beats ? 1 : 0), Parameters.Number(update.MovesRevision ? 1 : 0),
                Parameters.Flag(update.Expiry is not null), Parameters.Instant(expiry), Parameters.NumberOrNull(Timestamps.Period(expiry)),
                Parameters.Flag(update.Properties.Count > 0), Parameters.Json(update.Properties.Count > 0 ? HeadCodec.WriteProperties(properties) : null),
                Parameters.Bytes(RowGuards.Of(after).ToByteArray()), Parameters.Bytes(RowGuards.Of(before).ToByteArray()), Parameters.Bytes(update.IfUnchanged?.ChainHash.ToByteArray()),
            ],
            CancellationToken.None);
    }

    private async Task<ThreadHead?> WriteAsync(NpgsqlConnection connection, string sql, ThreadKey key, NpgsqlParameter[] parameters, CancellationToken cancellationToken)
    {
        var command = await database.CommandAsync(connection, sql, [.. Parameters.Key(key), .. parameters], cancellationToken: cancellationToken).ConfigureAwait(false);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                return await reader.ReadAsync(cancellationToken).ConfigureAwait(false) ? HeadColumns.Read(reader, 0, key) : null;
            }
        }
    }

    private sealed class Attempt
    {
        /// <summary>Whether a change was sent whose answer has not come.</summary>
        public bool IsSent { get; set; }
    }
}
