using System.Transactions;
using Holdfast.Postgres.Schema;
using Npgsql;

namespace Holdfast.Postgres.Connecting;

/// <summary>The database of a log: makes its schema ready, opens connections, and runs what can be repeated.</summary>
internal sealed class Database : IAsyncDisposable
{
    private readonly PostgresLogOptions _options;
    private readonly NpgsqlDataSource _dataSource;
    private readonly int _timeoutSeconds;
    private readonly SemaphoreSlim _preparing = new(1, 1);
    private volatile bool _isReady;

    public Database(PostgresLogOptions options)
    {
        _options = options.Copy();
        Target = PostgresTarget.Of(_options);
        _dataSource = _options.DataSource ?? Target.CreateDataSource();
        _timeoutSeconds = (int)Math.Ceiling(_options.CommandTimeout.TotalSeconds);
    }

    public PostgresTarget Target { get; }

    /// <summary>Whether connections keep their statements prepared.</summary>
    public bool PreparesStatements => _options.PrepareStatements;

    /// <summary>Makes the schema ready, once.</summary>
    public ValueTask EnsureReadyAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return _isReady ? default : new(PrepareAsync(cancellationToken));
    }

    /// <summary>Opens a connection, which takes no part in a transaction of the caller.</summary>
    public async ValueTask<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        if (Transaction.Current is null)
        {
            return await _dataSource.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        }

        // A commit that is acknowledged is durable: it cannot wait for a transaction around it, nor share one with other callers' commits.
        using var none = new TransactionScope(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled);
        return await _dataSource.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Opens a connection to listen on, which nobody else uses.</summary>
    public async ValueTask<NpgsqlConnection> OpenListenerAsync(CancellationToken cancellationToken)
    {
        if (Target.ListenerSettings is not { } settings)
        {
            return await OpenAsync(cancellationToken).ConfigureAwait(false);
        }

        var connection = new NpgsqlConnection(settings);
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Makes a command without a connection.</summary>
    public NpgsqlCommand Command(string sql) => new(sql) { CommandTimeout = _timeoutSeconds };

    /// <summary>Makes a command. It is prepared only where the options say so.</summary>
    public async ValueTask<NpgsqlCommand> CommandAsync(
        NpgsqlConnection connection, string sql, IEnumerable<NpgsqlParameter> parameters, NpgsqlTransaction? transaction = null, CancellationToken cancellationToken = default)
    {
        var command = Command(sql);
        (command.Connection, command.Transaction) = (connection, transaction);
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(parameter);
        }

        if (PreparesStatements)
        {
            await command.PrepareAsync(cancellationToken).ConfigureAwait(false);
        }

        return command;
    }

    /// <summary>Runs something that can be repeated, once the schema is ready.</summary>
    public async ValueTask<T> RunAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> run, string what, CancellationToken cancellationToken)
    {
        await EnsureReadyAsync(cancellationToken).ConfigureAwait(false);
        return await RepeatAsync(run, what, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Opens a connection, and tells callers of a failure.</summary>
    public async ValueTask<NpgsqlConnection> OpenForAsync(string what, CancellationToken cancellationToken)
    {
        try
        {
            return await OpenAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (PostgresErrors.IsBackend(e))
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw PostgresErrors.Translate(e, Target, what, isConnecting: true);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_options.DataSource is null)
        {
            await _dataSource.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await _preparing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_isReady)
            {
                var migrator = new SchemaMigrator(Target.QuotedSchema, _options.SchemaMode, _timeoutSeconds);
                _isReady = await RepeatAsync(migrator.PrepareAsync, "Preparing the schema", cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _preparing.Release();
        }
    }

    /// <summary>Runs something, and repeats it once on another connection if its own was lost: a pool may have connections that the server has closed.</summary>
    private async Task<T> RepeatAsync<T>(Func<NpgsqlConnection, CancellationToken, Task<T>> run, string what, CancellationToken cancellationToken)
    {
        for (var isRepeated = false; ; isRepeated = true)
        {
            var connection = await OpenForAsync(what, cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                try
                {
                    return await run(connection, cancellationToken).ConfigureAwait(false);
                }
                catch (Exception e) when (!isRepeated && (PostgresErrors.IsLostConnection(e) || PostgresErrors.IsCollision(e)))
                {
                    // Goes round once more.
                }
                catch (Exception e) when (PostgresErrors.IsBackend(e))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    throw PostgresErrors.Translate(e, Target, what);
                }
            }
        }
    }
}
