using System.Text.Json;
using Holdfast.Logs;
using Holdfast.Sqlite.Native;
using Holdfast.Sqlite.Rows;

namespace Holdfast.Sqlite.Writing;

/// <summary>Writes to <c>metadata</c>, by which threads are found by their metadata.</summary>
internal sealed class MetadataTable(Connection connection)
{
    private readonly Statement _insert = connection.Prepare("INSERT OR IGNORE INTO metadata (key, term, tenant, thread) VALUES (?1, ?2, ?3, ?4)");
    private readonly Statement _delete = connection.Prepare("DELETE FROM metadata WHERE key = ?1 AND term = ?2 AND tenant = ?3 AND thread = ?4");

    /// <summary>Makes the terms of a thread those of <paramref name="after"/>, writing only the difference.</summary>
    public void Replace(long thread, string tenant, IReadOnlyDictionary<string, JsonElement> before, IReadOnlyDictionary<string, JsonElement> after)
    {
        var old = MetadataJson.Terms(before);
        var current = MetadataJson.Terms(after);
        Run(_delete, old.Except(current), tenant, thread);
        Run(_insert, current.Except(old), tenant, thread);
    }

    /// <summary>Removes the terms of a thread whose metadata cannot be read, which takes a look at all terms.</summary>
    public void Remove(long thread)
    {
        using var delete = connection.PrepareOnce("DELETE FROM metadata WHERE thread = ?1");
        delete.Bind(1, thread).Run();
    }

    private static void Run(Statement statement, IEnumerable<KeyValuePair<string, string>> terms, string tenant, long thread)
    {
        foreach (var (key, term) in terms)
        {
            statement.Bind(1, key).Bind(2, term).Bind(3, tenant).Bind(4, thread).Run();
        }
    }
}
