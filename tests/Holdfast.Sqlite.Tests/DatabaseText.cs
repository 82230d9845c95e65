using System.Text;
using Microsoft.Data.Sqlite;

namespace Holdfast.Sqlite.Tests;

/// <summary>A database as the SQL that makes it.</summary>
internal static class DatabaseText
{
    public static string Of(string path)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        var sql = new StringBuilder();
        foreach (var pragma in new[] { "page_size", "application_id", "user_version" })
        {
            sql.Append($"PRAGMA {pragma} = {Rows(connection, $"PRAGMA {pragma}").Single()};\n");
        }

        foreach (var statement in Rows(connection, "SELECT sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY rowid"))
        {
            sql.Append(statement).Append(";\n");
        }

        foreach (var table in Rows(connection, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid"))
        {
            var columns = Rows(connection, $"SELECT name FROM pragma_table_info('{table}')");
            foreach (var row in Rows(connection, $"SELECT {string.Join(" || ', ' || ", columns.Select(column => $"quote(\"{column}\")"))} FROM {table} ORDER BY 1"))
            {
                sql.Append($"INSERT INTO {table} VALUES ({row});\n");
            }
        }

        return sql.ToString();
    }

    private static List<string> Rows(SqliteConnection connection, string query)
    {
        using var command = connection.CreateCommand();
        command.CommandText = query;
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
        {
            rows.Add(reader.GetString(0));
        }

        return rows;
    }
}
