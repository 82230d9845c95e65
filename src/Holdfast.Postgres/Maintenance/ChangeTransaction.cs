using System.Data;
using Holdfast.Postgres.Connecting;
using Npgsql;

namespace Holdfast.Postgres.Maintenance;

/// <summary>A transaction of maintenance. Until it commits nothing was done; when the answer to that is lost, the outcome is not known.</summary>
internal sealed class ChangeTransaction
{
    private readonly Database _database;
    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;

    private ChangeTransaction(Database database, NpgsqlConnection connection, NpgsqlTransaction transaction)
    {
        _database = database;
        _connection = connection;
        _transaction = transaction;
    }

    /// <summary>The name of the schema, as it stands in SQL.</summary>
    public string Schema => _database.Target.QuotedSchema;

    /// <summary>Runs <paramref name="change"/> and commits unless it returns false or null. What is lost before the commit is repeated once.</summary>
    public static async ValueTask<T?> RunAsync<T>(
        Database database, string what, Func<ChangeTransaction, CancellationToken, Task<T?>> change, CancellationToken cancellationToken)
    {
        await database.EnsureReadyAsync(cancellationToken).ConfigureAwait(false);
        for (var isRepeated = false; ; isRepeated = true)
        {
            var connection = await database.OpenForAsync(what, cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                var isCommitting = false;
                try
                {
                    // Read committed, whatever the server's default: a statement sees what was committed while the one before it waited for a row.
                    var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken).ConfigureAwait(false);
                    await using (transaction.ConfigureAwait(false))
                    {
                        var done = await change(new(database, connection, transaction), cancellationToken).ConfigureAwait(false);
                        cancellationToken.ThrowIfCancellationRequested();
                        if (!EqualityComparer<T?>.Default.Equals(done, default))
                        {
                            isCommitting = true;
                            await transaction.CommitAsync(CancellationToken.None).ConfigureAwait(false);
                        }

                        return done;
                    }
                }
                catch (Exception e) when (!isRepeated && !isCommitting && (PostgresErrors.IsLostConnection(e) || PostgresErrors.IsCollision(e)))
                {
                    // Goes round once more.
                }
                catch (Exception e) when (PostgresErrors.IsBackend(e))
                {
                    if (!isCommitting)
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                    }

                    throw PostgresErrors.Translate(e, database.Target, what, outcomeUnknown: isCommitting && !PostgresErrors.IsRefusal(e));
                }
            }
        }
    }

    public async Task<object?> ScalarAsync(string sql, IEnumerable<NpgsqlParameter> parameters, CancellationToken cancellationToken)
    {
        var command = await _database.CommandAsync(_connection, sql, parameters, _transaction, cancellationToken).ConfigureAwait(false);
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task<int> ExecuteAsync(string sql, IEnumerable<NpgsqlParameter> parameters, CancellationToken cancellationToken)
    {
        var command = await _database.CommandAsync(_connection, sql, parameters, _transaction, cancellationToken).ConfigureAwait(false);
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads one row; <c>default</c> if there is none.</summary>
    public async Task<T?> RowAsync<T>(string sql, IEnumerable<NpgsqlParameter> parameters, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
        => await RowsAsync(sql, parameters, read, cancellationToken).ConfigureAwait(false) is [var row, ..] ? row : default;

    /// <summary>Reads all rows.</summary>
    public async Task<List<T>> RowsAsync<T>(string sql, IEnumerable<NpgsqlParameter> parameters, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        var command = await _database.CommandAsync(_connection, sql, parameters, _transaction, cancellationToken).ConfigureAwait(false);
        await using (command.ConfigureAwait(false))
        {
            var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                var rows = new List<T>();
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    rows.Add(read(reader));
                }

                return rows;
            }
        }
    }
}
