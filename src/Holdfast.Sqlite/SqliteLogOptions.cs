namespace Holdfast.Sqlite;

/// <summary>How a <see cref="SqliteCommitLog"/> stores.</summary>
public sealed class SqliteLogOptions
{
    private static readonly TimeSpan LongestBusyTimeout = TimeSpan.FromHours(1);

    /// <summary>The database file: its path, a connection string such as <c>Data Source=holdfast.db</c>, or a URL such as <c>sqlite:holdfast.db</c>. Its directory must exist.</summary>
    /// <remarks>
    /// A connection string has <c>Data Source</c> (or <c>DataSource</c>, <c>Filename</c>), and may have <c>Mode</c>: <c>ReadWriteCreate</c>, or
    /// <c>ReadWrite</c> for a file that must be there. A path that would be taken for one of these is written with its directory: <c>./sqlite:x.db</c>.
    /// </remarks>
    /// <value>Has no default. A relative path is taken from the current directory at the time the log is made.</value>
    public string DataSource { get; set; } = "";

    /// <summary>What an acknowledged append survives.</summary>
    /// <value>The default is <see cref="SqliteDurability.Full"/>.</value>
    public SqliteDurability Durability { get; set; }

    /// <summary>How long a call waits while other processes hold the file's lock: more than zero, at most one hour.</summary>
    /// <value>The default is 30 seconds.</value>
    public TimeSpan BusyTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether the schema is brought up to date or only checked when the log is opened.</summary>
    /// <value>The default is <see cref="SqliteSchemaMode.Apply"/>.</value>
    public SqliteSchemaMode SchemaMode { get; set; }

    /// <summary>Called with each connection that was opened, for tests that need a failure of the database itself.</summary>
    internal Action<Connecting.Connection>? Opened { get; init; }

    /// <summary>Whether logs that are made with the same settings share their connections; not for tests in which two logs stand for two processes.</summary>
    internal bool IsShared { get; init; } = true;

    /// <summary>Whether the connection string says that the file is there already.</summary>
    internal bool MustExist { get; private init; }

    /// <summary>Whether the file is made if it is not there.</summary>
    internal bool MayCreate => SchemaMode == SqliteSchemaMode.Apply && !MustExist;

    internal SqliteLogOptions Validated()
    {
        var location = SqliteLocation.Parse(DataSource);
        if (BusyTimeout <= TimeSpan.Zero || BusyTimeout > LongestBusyTimeout)
        {
            throw Invalid(nameof(BusyTimeout), $"must be more than zero and at most one hour, not {BusyTimeout}");
        }

        if (!Enum.IsDefined(Durability))
        {
            throw Invalid(nameof(Durability), $"must be Full or Normal, not {Durability}");
        }

        if (!Enum.IsDefined(SchemaMode))
        {
            throw Invalid(nameof(SchemaMode), $"must be Apply or Assert, not {SchemaMode}");
        }

        return new()
        {
            DataSource = Path.GetFullPath(location.Path),
            MustExist = location.MustExist,
            Durability = Durability,
            BusyTimeout = BusyTimeout,
            SchemaMode = SchemaMode,
            Opened = Opened,
            IsShared = IsShared && Opened is null,
        };
    }

    private static StateConfigurationException Invalid(string property, string problem) => new($"SqliteLogOptions.{property} {problem}.");
}
