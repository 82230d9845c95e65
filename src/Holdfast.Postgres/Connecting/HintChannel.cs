using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Holdfast.Logs;
using Npgsql;
using NpgsqlTypes;

namespace Holdfast.Postgres.Connecting;

/// <summary>How processes with the same schema tell each other of commits: notifications on a channel, sent after commits and only while somebody listens.</summary>
/// <remarks>
/// A NOTIFY within an append would make all commits of the server wait for one lock, which undoes group commit. Whoever listens holds a shared advisory lock, so that a sender finds out without writing anything
/// whether anybody does: it gets the lock for itself only if nobody has it.
/// </remarks>
internal sealed class HintChannel(Database database)
{
    private const string Probe = "probe";
    private static readonly TimeSpan ProbeTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(30);

    // The notification is all that such a transaction does, so that nobody need wait for the disk.
    private const string SendSql =
        "SELECT CASE WHEN pg_try_advisory_xact_lock($3) THEN false ELSE set_config('synchronous_commit', 'off', true) IS NOT NULL AND pg_notify($1, $2) IS NOT NULL END";

    private readonly long _number = NumberOf(database.Target.QuotedSchema);

    private string Name => string.Create(CultureInfo.InvariantCulture, $"holdfast_{_number:x16}");

    /// <summary>Tells others, if anybody listens.</summary>
    /// <returns>Whether anybody does.</returns>
    public async Task<bool> SendAsync(string text, CancellationToken cancellationToken)
        => await database.RunAsync((connection, token) => SendAsync(connection, text, token), "Telling of commits", cancellationToken).ConfigureAwait(false);

    /// <summary>Listens until the connection is lost.</summary>
    /// <exception cref="StoreUnavailableException">What is between keeps notifications away.</exception>
    public async Task ListenAsync(HintListening listening, CancellationToken stop)
    {
        await database.EnsureReadyAsync(stop).ConfigureAwait(false);
        var connection = await database.OpenListenerAsync(stop).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            await RefusePoolerAsync(connection, stop).ConfigureAwait(false);
            connection.Notification += (_, heard) => Hear(listening, heard);
            try
            {
                await ExecuteAsync(connection, $"LISTEN {Name}", stop).ConfigureAwait(false);
                await ProbeAsync(connection, stop).ConfigureAwait(false);
                await ExecuteAsync(connection, string.Create(CultureInfo.InvariantCulture, $"SELECT pg_advisory_lock_shared({_number})"), stop).ConfigureAwait(false);
                listening.Begin();
                while (true)
                {
                    if (!await connection.WaitAsync(LookInterval, stop).ConfigureAwait(false))
                    {
                        // A connection that is dead without having been closed is noticed by asking.
                        await ExecuteAsync(connection, "SELECT 1", stop).ConfigureAwait(false);
                    }
                }
            }
            finally
            {
                await CleanAsync(connection).ConfigureAwait(false);
            }
        }
    }

    private static void Hear(HintListening listening, NpgsqlNotificationEventArgs heard)
    {
        foreach (var hint in heard.Payload.StartsWith(Probe, StringComparison.Ordinal) ? [] : HintText.Read(heard.Payload))
        {
            listening.Hear(hint);
        }
    }

    private async Task<bool> SendAsync(NpgsqlConnection connection, string text, CancellationToken cancellationToken)
    {
        NpgsqlParameter[] parameters = [new() { Value = Name, NpgsqlDbType = NpgsqlDbType.Text }, new() { Value = text, NpgsqlDbType = NpgsqlDbType.Text }, new() { Value = _number, NpgsqlDbType = NpgsqlDbType.Bigint }];
        var command = await database.CommandAsync(connection, SendSql, parameters, cancellationToken: cancellationToken).ConfigureAwait(false);
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true;
        }
    }

    // A pooler tells its own number of the session instead of the server's.
    private static async Task RefusePoolerAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand("SELECT pg_backend_pid()", connection);
        await using (command.ConfigureAwait(false))
        {
            if (await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not int process || process != connection.ProcessID)
            {
                throw new StoreUnavailableException(
                    $"Commits of other processes cannot be listened to, because there is a pooler before the server. Give a way around it by {nameof(PostgresLogOptions)}.{nameof(PostgresLogOptions.ListenConnectionString)}.");
            }
        }
    }

    // What is between may keep notifications away without anybody being told.
    private async Task ProbeAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var text = $"{Probe} {Guid.NewGuid():N}";
        var arrived = false;
        void Arrive(object sender, NpgsqlNotificationEventArgs heard) => arrived |= heard.Payload == text;
        connection.Notification += Arrive;
        await database.RunAsync(
            async (other, token) =>
            {
                var command = await database.CommandAsync(
                    other, "SELECT pg_notify($1, $2)::text", [new() { Value = Name, NpgsqlDbType = NpgsqlDbType.Text }, new() { Value = text, NpgsqlDbType = NpgsqlDbType.Text }], cancellationToken: token).ConfigureAwait(false);
                await using (command.ConfigureAwait(false))
                {
                    return await command.ExecuteNonQueryAsync(token).ConfigureAwait(false);
                }
            },
            "Listening to commits",
            cancellationToken).ConfigureAwait(false);
        var began = TimeProvider.System.GetTimestamp();
        while (!arrived && TimeProvider.System.GetElapsedTime(began) < ProbeTime)
        {
            await connection.WaitAsync(ProbeTime, cancellationToken).ConfigureAwait(false);
        }

        connection.Notification -= Arrive;
        if (!arrived)
        {
            throw new StoreUnavailableException("Commits of other processes cannot be listened to: a notification did not arrive.");
        }
    }

    // The connection may be one of a pool, whose next user listens to nothing.
    private static async Task CleanAsync(NpgsqlConnection connection)
    {
        try
        {
            await ExecuteAsync(connection, "UNLISTEN *; SELECT pg_advisory_unlock_all()", CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (PostgresErrors.IsBackend(e) || e is InvalidOperationException)
        {
            // It is lost, and with it what it held.
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(sql, connection);
        await using (command.ConfigureAwait(false))
        {
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static long NumberOf(string schema) => BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"holdfast hints {schema}")));
}
