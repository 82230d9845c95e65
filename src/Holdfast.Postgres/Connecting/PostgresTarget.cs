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
            return new(Builder(dataSource.ConnectionString), options.Schema);
        }

        var text = options.ConnectionString!;
        return PostgresUrl.TryParse(text, out var connection, out var schema)
            ? new(connection, schema ?? options.Schema)
            : new(Builder(text), options.Schema);
    }

    /// <summary>Makes a data source with the settings that suit the log: it keeps no state in sessions, and commits on its own.</summary>
    public NpgsqlDataSource CreateDataSource()
    {
        var settings = new NpgsqlConnectionStringBuilder(_connection.ConnectionString) { NoResetOnClose = true, Enlist = false };
        settings.ApplicationName ??= "holdfast";
        return new NpgsqlDataSourceBuilder(settings.ConnectionString).Build();
    }

    /// <inheritdoc/>
    public override string ToString() => $"postgres://{Address}/{Database} (schema {_schema})";

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
