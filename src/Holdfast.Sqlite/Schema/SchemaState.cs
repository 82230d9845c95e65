namespace Holdfast.Sqlite.Schema;

/// <summary>What a database file was found to be.</summary>
internal enum SchemaState
{
    /// <summary>It has no tables yet.</summary>
    Empty,

    /// <summary>Its schema is older than the current one.</summary>
    Outdated,

    /// <summary>Its schema is the current one.</summary>
    Current,
}
