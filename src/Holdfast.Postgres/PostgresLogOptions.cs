using Holdfast.Postgres.Connecting;
using Holdfast.Postgres.Schema;
using Npgsql;

namespace Holdfast.Postgres;

/// <summary>How a <see cref="PostgresCommitLog"/> stores.</summary>
public sealed class PostgresLogOptions
{
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromHours(1);

    /// <summary>Where the database is: an Npgsql connection string, or a URL such as <c>postgres://user:password@host:5432/database?schema=holdfast</c>.</summary>
    /// <value>Has no default; this or <see cref="DataSource"/> must be set. The <c>schema</c> of a URL takes the place of <see cref="Schema"/>.</value>
    public string? ConnectionString { get; set; }

    /// <summary>Where the database is, as a data source that the caller has set up and disposes of.</summary>
    /// <value>The default is null: the log makes its own from <see cref="ConnectionString"/>.</value>
    public NpgsqlDataSource? DataSource { get; set; }

    /// <summary>The schema that has the tables: 1 to 63 lower-case letters, digits and underscores.</summary>
    /// <value>The default is <c>holdfast</c>.</value>
    public string Schema { get; set; } = SchemaName.Default;

    /// <summary>Whether the schema is brought up to date or only checked when the log is opened.</summary>
    /// <value>The default is <see cref="PostgresSchemaMode.Apply"/>.</value>
    public PostgresSchemaMode SchemaMode { get; set; }

    /// <summary>How long a statement may take before it fails: 1 second to one hour. How long one waits for a connection is a matter of the connection string (<c>Timeout</c>).</summary>
    /// <value>The default is 30 seconds.</value>
    public TimeSpan CommandTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether each connection keeps its statements prepared, which saves parsing and planning. A transaction-mode pooler must know of prepared statements then (PgBouncer 1.21 or later).</summary>
    /// <value>The default is false: nothing is kept in a session.</value>
    public bool PrepareStatements { get; set; }

    /// <summary>
    /// Whether other processes are told of commits (NOTIFY, after them, at most 20 times a second, and only while somebody listens), and whether a log whose threads are watched listens to others (LISTEN, on a
    /// connection of its own). Without it, watches look for themselves from time to time.
    /// </summary>
    /// <remarks>A pooler between does not pass notifications on: give a way around it by <see cref="ListenConnectionString"/>. Without one, watches behind a pooler look for themselves.</remarks>
    /// <value>The default is true.</value>
    public bool CommitHints { get; set; } = true;

    /// <summary>Where to listen to the commits of others, as an Npgsql connection string: the same database, without a pooler between.</summary>
    /// <value>The default is null: the way that everything else goes.</value>
    public string? ListenConnectionString { get; set; }

    /// <summary>Where the log stores, without any secret.</summary>
    public override string ToString()
    {
        try
        {
            return PostgresTarget.Of(this).ToString();
        }
        catch (StateConfigurationException)
        {
            return nameof(PostgresLogOptions);
        }
    }

    internal PostgresLogOptions Copy() => (PostgresLogOptions)MemberwiseClone();

    internal void Validate()
    {
        if (ConnectionString is null == DataSource is null)
        {
            throw Invalid($"needs either {nameof(ConnectionString)} or {nameof(DataSource)}, and has {(DataSource is null ? "neither" : "both")}");
        }

        if (!Enum.IsDefined(SchemaMode))
        {
            throw Invalid($"{nameof(SchemaMode)} must be Apply or Assert, not {SchemaMode}");
        }

        if (CommandTimeout < TimeSpan.FromSeconds(1) || CommandTimeout > LongestTimeout)
        {
            throw Invalid($"{nameof(CommandTimeout)} must be 1 second to one hour, not {CommandTimeout}");
        }
    }

    private static StateConfigurationException Invalid(string problem) => new($"PostgresLogOptions: {problem}.");
}
