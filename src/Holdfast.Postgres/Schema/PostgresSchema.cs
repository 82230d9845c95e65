using Holdfast.Postgres.Schema;

namespace Holdfast.Postgres;

/// <summary>The schema of the log, for those who let a database administrator create it.</summary>
public static class PostgresSchema
{
    /// <summary>The version of the schema that this version of the library reads and writes.</summary>
    public static int Version => Migration.All[^1].Version;

    /// <summary>The SQL that brings a schema from a version to the current one: what <see cref="PostgresSchemaMode.Apply"/> would run.</summary>
    /// <param name="schema">The name of the schema.</param>
    /// <param name="fromVersion">The version that the schema has; 0 when it is not there.</param>
    /// <exception cref="StateConfigurationException">The name cannot be that of a schema.</exception>
    public static string GetScript(string schema = SchemaName.Default, int fromVersion = 0)
    {
        var quoted = SchemaName.Quote(schema);
        var begin = fromVersion == 0 ? $"CREATE SCHEMA IF NOT EXISTS {quoted};\n\n{Migration.CreateList(quoted)};\n\n" : "";
        return $"BEGIN;\n\n{begin}{string.Concat(Migration.After(fromVersion).Select(migration => migration.SqlFor(quoted) + "\n\n"))}COMMIT;\n";
    }
}
