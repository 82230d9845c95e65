using System.Globalization;

namespace Holdfast.Postgres.Schema;

/// <summary>One step of the schema. A step that was released is never changed: what follows is a new one.</summary>
internal sealed record Migration(int Version, string Name, string Sql)
{
    /// <summary>Stands for the quoted name of the schema.</summary>
    public const string Schema = "{schema}";

    /// <summary>All steps, oldest first.</summary>
    public static IReadOnlyList<Migration> All { get; } = [new(1, "threads and entries", Migration1.Sql)];

    /// <summary>The steps that a schema of a version lacks.</summary>
    public static IEnumerable<Migration> After(long version) => All.Where(migration => migration.Version > version);

    /// <summary>Makes the table in which a schema keeps its version.</summary>
    public static string CreateList(string schema)
        => $"""
            CREATE TABLE IF NOT EXISTS {schema}.migrations (
                version integer PRIMARY KEY,
                name text NOT NULL,
                applied_at timestamptz NOT NULL DEFAULT now())
            """;

    /// <summary>The statements of the step, with the note that it was applied.</summary>
    public string SqlFor(string schema)
        => Sql.Replace(Schema, schema, StringComparison.Ordinal)
        + string.Create(CultureInfo.InvariantCulture, $"\n\nINSERT INTO {schema}.migrations (version, name) VALUES ({Version}, '{Name}');");
}
