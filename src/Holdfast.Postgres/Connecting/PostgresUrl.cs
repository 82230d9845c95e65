using System.Diagnostics.CodeAnalysis;
using Npgsql;

namespace Holdfast.Postgres.Connecting;

/// <summary>Reads URLs such as <c>postgres://user:password@host:5432/database?schema=holdfast&amp;sslmode=require</c>.</summary>
internal static class PostgresUrl
{
    private static readonly string[] Schemes = ["postgres://", "postgresql://"];

    /// <summary>Reads a URL; false if the text is none.</summary>
    /// <exception cref="StateConfigurationException">It is one, and it cannot be used. The message repeats no secret.</exception>
    public static bool TryParse(string text, [NotNullWhen(true)] out NpgsqlConnectionStringBuilder? connection, out string? schema)
    {
        (connection, schema) = (null, null);
        if (!Schemes.Any(scheme => text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)))
        {
            return false;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Host.Length == 0 || url.AbsolutePath.Length < 2 || url.AbsolutePath.IndexOf('/', 1) >= 0)
        {
            throw new StateConfigurationException(
                "The URL of the database cannot be read (it is not repeated here, because it may have a password). " +
                "Expected 'postgres://user:password@host:5432/database?schema=holdfast', with special characters of the password written as %XX.");
        }

        connection = new() { Host = url.IdnHost, Database = Uri.UnescapeDataString(url.AbsolutePath[1..]) };
        if (url.Port > 0)
        {
            connection.Port = url.Port;
        }

        if (url.UserInfo.Length > 0)
        {
            var parts = url.UserInfo.Split(':', 2);
            connection.Username = Uri.UnescapeDataString(parts[0]);
            connection.Password = parts.Length == 2 ? Uri.UnescapeDataString(parts[1]) : null;
        }

        foreach (var parameter in url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = parameter.Split('=', 2) is [var n, var v] ? (Uri.UnescapeDataString(n), Uri.UnescapeDataString(v)) : (parameter, "");
            if (name == "schema")
            {
                schema = value;
            }
            else
            {
                Set(connection, name, value);
            }
        }

        return true;
    }

    private static void Set(NpgsqlConnectionStringBuilder connection, string name, string value)
    {
        try
        {
            // libpq writes verify-full where Npgsql reads VerifyFull.
            connection[name] = name.Equals("sslmode", StringComparison.OrdinalIgnoreCase) ? value.Replace("-", "", StringComparison.Ordinal) : value;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or NotSupportedException or InvalidCastException or OverflowException or KeyNotFoundException)
        {
            throw new StateConfigurationException(
                $"The URL of the database has a parameter '{name}' that is not known or whose value cannot be used. Expected schema, or a keyword of Npgsql's connection strings such as sslmode.");
        }
    }
}
