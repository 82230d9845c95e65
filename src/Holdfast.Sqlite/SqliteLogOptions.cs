namespace Holdfast.Sqlite;

/// <summary>How a <see cref="SqliteCommitLog"/> stores.</summary>
public sealed class SqliteLogOptions
{
    private static readonly TimeSpan LongestBusyTimeout = TimeSpan.FromHours(1);

    /// <summary>The path of the database file. Its directory must exist.</summary>
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
    internal Action<Native.Connection>? Opened { get; init; }

    internal SqliteLogOptions Validated()
    {
        if (string.IsNullOrWhiteSpace(DataSource))
        {
            throw Invalid(nameof(DataSource), "is the path of the database file and must be set");
        }

        if (DataSource.Contains(":memory:", StringComparison.OrdinalIgnoreCase) || DataSource.StartsWith("file:", StringComparison.OrdinalIgnoreCase))
        {
            throw Invalid(nameof(DataSource), $"is the path of a file and cannot be '{DataSource}'; for a log in memory use InMemoryCommitLog");
        }

        if (DataSource.Contains('\0'))
        {
            throw Invalid(nameof(DataSource), "is the path of a file and cannot contain NUL");
        }

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

        return new() { DataSource = Path.GetFullPath(DataSource), Durability = Durability, BusyTimeout = BusyTimeout, SchemaMode = SchemaMode, Opened = Opened };
    }

    private static StateConfigurationException Invalid(string property, string problem) => new($"SqliteLogOptions.{property} {problem}.");
}
