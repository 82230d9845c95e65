using System.Buffers.Binary;
using System.Text;
using Holdfast.Postgres.Connecting;
using Npgsql;

namespace Holdfast.Postgres.Schema;

/// <summary>Brings the schema up to date, or checks that it is.</summary>
internal sealed class SchemaMigrator(string schema, PostgresSchemaMode mode, int timeoutSeconds)
{
    /// <summary>Applies or checks, over a connection outside any transaction.</summary>
    /// <returns>True: the schema is ready.</returns>
    /// <exception cref="UnknownFormatException">A newer version of the library made the schema.</exception>
    /// <exception cref="StateConfigurationException">The schema is not as the mode demands, or the database cannot hold all text.</exception>
    public async Task<bool> PrepareAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (await FindVersionAtOnceAsync(connection, cancellationToken).ConfigureAwait(false) == PostgresSchema.Version)
        {
            return true;
        }

        await CheckEncodingAsync(connection, cancellationToken).ConfigureAwait(false);
        var version = await FindVersionAsync(connection, cancellationToken).ConfigureAwait(false);
        if (mode == PostgresSchemaMode.Assert)
        {
            throw new StateConfigurationException(
                $"The schema {schema} was expected to have version {PostgresSchema.Version} and {(version == 0 ? "is not there" : $"has version {version}")}. " +
                "Run the script of PostgresSchema.GetScript, or open the log once with PostgresLogOptions.SchemaMode set to Apply.");
        }

        await MigrateAsync(connection, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private async Task CheckEncodingAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var encoding = (string)(await ScalarAsync(connection, "SHOW server_encoding", cancellationToken).ConfigureAwait(false))!;
        if (encoding != "UTF8")
        {
            throw new StateConfigurationException($"The database must have the encoding UTF8, which holds all text; it has {encoding}.");
        }
    }

    private async Task MigrateAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            // Held by the transaction, not by the session, so that it works through a pooler too.
            await ExecuteAsync(connection, $"SELECT pg_advisory_xact_lock({LockKey()})", cancellationToken).ConfigureAwait(false);

            // CREATE SCHEMA IF NOT EXISTS would ask for the right to create it even where it is there.
            if (await ScalarAsync(connection, $"SELECT to_regnamespace('{schema}')::text", cancellationToken).ConfigureAwait(false) is not string)
            {
                await ExecuteAsync(connection, $"CREATE SCHEMA {schema}", cancellationToken).ConfigureAwait(false);
            }

            var version = await FindVersionAsync(connection, cancellationToken).ConfigureAwait(false);
            if (version == 0)
            {
                await ExecuteAsync(connection, Migration.CreateList(schema), cancellationToken).ConfigureAwait(false);
            }

            foreach (var migration in Migration.After(version))
            {
                await ExecuteAsync(connection, migration.SqlFor(schema), cancellationToken).ConfigureAwait(false);
            }

            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    // In one round trip, because nearly always it is there and up to date.
    private async Task<long> FindVersionAtOnceAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            return await ScalarAsync(connection, $"SELECT max(version) FROM {schema}.migrations WHERE current_setting('server_encoding') = 'UTF8'", cancellationToken)
                .ConfigureAwait(false) as int? ?? 0;
        }
        catch (PostgresException e) when (PostgresErrors.IsRefusal(e))
        {
            // What is wrong is found out step by step.
            return 0;
        }
    }

    /// <summary>The version of the schema; 0 when it is not there.</summary>
    private async Task<long> FindVersionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (await ScalarAsync(connection, $"SELECT to_regclass('{schema}.migrations')::text", cancellationToken).ConfigureAwait(false) is not string)
        {
            return 0;
        }

        var version = await ScalarAsync(connection, $"SELECT max(version) FROM {schema}.migrations", cancellationToken).ConfigureAwait(false) as int? ?? 0;
        return version <= PostgresSchema.Version ? version : throw new UnknownFormatException($"The schema {schema}", version, PostgresSchema.Version);
    }

    private long LockKey()
    {
        Span<byte> digest = stackalloc byte[Digest.Size];
        Digest.Compute(Encoding.UTF8.GetBytes("Holdfast migration of " + schema)).CopyTo(digest);
        return BinaryPrimitives.ReadInt64BigEndian(digest);
    }

    private async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(sql, connection) { CommandTimeout = timeoutSeconds };
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(sql, connection) { CommandTimeout = timeoutSeconds };
        await using (command.ConfigureAwait(false))
        {
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
