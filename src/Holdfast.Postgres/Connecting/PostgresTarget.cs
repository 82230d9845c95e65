using Holdfast.Postgres.Schema;
using Npgsql;

namespace Holdfast.Postgres.Connecting;

/// <summary>Where a log stores. What it says of itself never has a secret.</summary>
internal sealed class PostgresTarget
{
    private readonly NpgsqlConnectionStringBuilder _connection;
    private readonly string _schema;

    private PostgresTarget(NpgsqlConnectionStringBuilder connection, string schema)
    {
        _connection = connection;
        _schema = schema;
        QuotedSchema = SchemaName.Quote(schema);
    }

    /// <summary>The name of the schema, as it stands in SQL.</summary>
    public string QuotedSchema { get; }

    /// <summary>The settings of a connection to listen on; null where the caller's data source gives it.</summary>
    public string? ListenerSettings { get; private init; }

    /// <summary>The host and the port.</summary>
    public string Address => $"{_connection.Host}:{_connection.Port}";

    public string? User => _connection.Username;

    public string? Database => _connection.Database ?? _connection.Username;

    /// <summary>How long one waits for a connection.</summary>
    public TimeSpan Patience => TimeSpan.FromSeconds(_connection.Timeout);

    /// <exception cref="StateConfigurationException">The connection string, the URL or the schema cannot be used.</exception>
    public static PostgresTarget Of(PostgresLogOptions options)
    {
        options.Validate();
        if (options.DataSource is { } dataSource)
        {
            return new(Builder(dataSource.ConnectionString), options.Schema) { ListenerSettings = options.ListenConnectionString is { } listener ? OfListener(Builder(listener)) : null };
        }

        var text = options.ConnectionString!;
        if (!PostgresUrl.TryParse(text, out var connection, out var schema))
        {
            connection = Builder(text);
        }

        return new(connection, schema ?? options.Schema) { ListenerSettings = OfListener(options.ListenConnectionString is { } way ? Builder(way) : connection) };
    }

    // A session of its own: nobody who comes after may find it listening.
    private static string OfListener(NpgsqlConnectionStringBuilder connection)
    {
        var settings = new NpgsqlConnectionStringBuilder(connection.ConnectionString) { Pooling = false, Multiplexing = false, Enlist = false };
        settings.ApplicationName ??= "holdfast";
        return settings.ConnectionString;
    }

    /// <summary>Makes a data source with the settings that suit the log: it keeps no state in sessions, and commits on its own.</summary>
    public NpgsqlDataSource CreateDataSource()
    {
        var settings = new NpgsqlConnectionStringBuilder(_connection.ConnectionString) { NoResetOnClose = true, Enlist = false };
        settings.ApplicationName ??= "holdfast";
        return new NpgsqlDataSourceBuilder(settings.ConnectionString).Build();
    }

    /// <inheritdoc/>
    public override string ToString() => $"postgres://{Address}/{Database}?schema={_schema}";

    // What the builder says of a bad string may repeat a part of it, and that part may be the password.
    private static NpgsqlConnectionStringBuilder Builder(string connectionString)
    {
        try
        {
            return new(connectionString);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or NotSupportedException or InvalidCastException or OverflowException)
        {
            throw new StateConfigurationException(
                "The connection string cannot be read (it is not repeated here, because it may have a password). " +
                "Expected 'Host=…;Database=…;Username=…;Password=…' or 'postgres://user:password@host:5432/database?schema=holdfast'.");
        }
    }
}
