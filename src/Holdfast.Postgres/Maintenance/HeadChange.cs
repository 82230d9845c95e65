using Holdfast.Logs;
using Holdfast.Postgres.Rows;
using NpgsqlTypes;

namespace Holdfast.Postgres.Maintenance;

/// <summary>Changes the pins of a thread, with all else that is to change of its head, while the row of the thread is held.</summary>
internal static class HeadChange
{
    /// <returns>The head after it; null if there is no such thread, or a condition does not hold.</returns>
    /// <exception cref="CorruptStateException">The head is damaged.</exception>
    public static async Task<ThreadHead?> RunAsync(ChangeTransaction change, HeadUpdate update, CancellationToken cancellationToken)
    {
        if (await LockedThread.FindAsync(change, update.Key, cancellationToken).ConfigureAwait(false) is not { } thread || !update.IsAllowed(thread.Head))
        {
            return null;
        }

        // Pins that are not changed are not read. A statement of its own, because it must see what was committed while the one before waited for the row.
        var before = update.ChangesPins && thread.Head.PinCount > 0 ? await PinsAsync(change, thread, cancellationToken).ConfigureAwait(false) : [];
        var (head, pins) = HeadRules.Apply(update, thread.Head, before);
        head = head with { ExpiresAt = Timestamps.Of(head.ExpiresAt) };
        if (update.MovesRevision || update.Beats)
        {
            await WriteAsync(change, head, cancellationToken).ConfigureAwait(false);
            await WritePinsAsync(change, thread.Number, before, pins, cancellationToken).ConfigureAwait(false);
        }

        return head;
    }

    private static Task<List<Pin>> PinsAsync(ChangeTransaction change, LockedThread thread, CancellationToken cancellationToken)
        => change.RowsAsync(
            $"SELECT {PinColumns.Sql("p")} FROM {change.Schema}.pins p WHERE p.thread = $1",
            [Parameters.Number(thread.Number)],
            reader => PinColumns.Read(reader, 0, thread.Head.Key),
            cancellationToken);

    private static Task<int> WriteAsync(ChangeTransaction change, ThreadHead head, CancellationToken cancellationToken)
        => change.ExecuteAsync(
            $"""
            UPDATE {change.Schema}.threads t
            SET expires_at = $4, expires_again = $4, expiry_period = $5, properties = $6, revision = $7, heartbeat = $8, heartbeat_again = $8, pin_count = $9, lowest_pin = $10, guard = $11
            WHERE {HeadColumns.IsKey}
            """,
            [
                .. Parameters.Key(head.Key), Parameters.Instant(head.ExpiresAt), Parameters.NumberOrNull(Timestamps.Period(head.ExpiresAt)),
                Parameters.Json(HeadCodec.WriteProperties(head.Properties)), Parameters.Number(head.Revision), Parameters.Number(head.Heartbeat),
                Parameters.Number(head.PinCount), Parameters.NumberOrNull(head.LowestPin),
                Parameters.Bytes(RowGuards.Of(head).ToByteArray()),
            ],
            cancellationToken);

    private static async Task WritePinsAsync(ChangeTransaction change, long thread, IReadOnlyList<Pin> before, IReadOnlyList<Pin> after, CancellationToken cancellationToken)
    {
        var (gone, come) = (before.Except(after).ToList(), after.Except(before).ToList());
        if (gone.Count > 0)
        {
            await change.ExecuteAsync(
                $"DELETE FROM {change.Schema}.pins WHERE thread = $1 AND life = ANY ($2)",
                [Parameters.Number(thread), Parameters.Array(gone, NpgsqlDbType.Uuid, pin => pin.Life.Value)],
                cancellationToken).ConfigureAwait(false);
        }

        if (come.Count > 0)
        {
            await change.ExecuteAsync(
                $"""
                INSERT INTO {change.Schema}.pins (thread, life, space, tenant, thread_id, from_version, to_version, guard)
                SELECT $1, * FROM unnest($2::uuid[], $3::smallint[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::bytea[])
                """,
                [
                    Parameters.Number(thread),
                    Parameters.Array(come, NpgsqlDbType.Uuid, pin => pin.Life.Value),
                    Parameters.Array(come, NpgsqlDbType.Smallint, pin => (short)pin.Key.Space),
                    Parameters.Array(come, NpgsqlDbType.Text, pin => pin.Key.Tenant),
                    Parameters.Array(come, NpgsqlDbType.Text, pin => pin.Key.Id.Value),
                    Parameters.Array(come, NpgsqlDbType.Bigint, pin => pin.From),
                    Parameters.Array(come, NpgsqlDbType.Bigint, pin => pin.To),
                    Parameters.Array(come, NpgsqlDbType.Bytea, pin => RowGuards.Of(thread, pin).ToByteArray()),
                ],
                cancellationToken).ConfigureAwait(false);
        }
    }
}
