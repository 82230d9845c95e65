namespace Holdfast.Postgres;

/// <summary>What becomes of the schema when a log is opened.</summary>
public enum PostgresSchemaMode
{
    /// <summary>The schema is created if it is not there, and brought up to date. Any number of processes may do this at the same time.</summary>
    Apply,

    /// <summary>The schema must be there and up to date; nothing is created or changed.</summary>
    Assert,
}
