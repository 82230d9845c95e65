namespace Holdfast.Sqlite;

/// <summary>What becomes of the schema of the file when a log is opened.</summary>
public enum SqliteSchemaMode
{
    /// <summary>The file is created if it is not there, and its schema is brought up to date.</summary>
    Apply,

    /// <summary>The file must be there with the current schema; nothing is created or changed.</summary>
    Assert,
}
