namespace Holdfast.Postgres.Schema;

/// <summary>The name of a schema: checked, so that it can stand in SQL.</summary>
internal static class SchemaName
{
    public const string Default = "holdfast";

    /// <summary>The longest name that PostgreSQL does not cut off.</summary>
    private const int MaxLength = 63;

    /// <summary>Returns <paramref name="name"/> in quotes, as it stands in SQL.</summary>
    /// <exception cref="StateConfigurationException">It cannot be the name of a schema.</exception>
    public static string Quote(string? name) => IsValid(name)
        ? $"\"{name}\""
        : throw new StateConfigurationException(
            $"PostgresLogOptions.Schema must be 1 to {MaxLength} lower-case letters, digits and underscores, not begin with a digit or 'pg_'; it is '{name}'.");

    private static bool IsValid(string? name)
        => name is { Length: > 0 and <= MaxLength }
        && !char.IsAsciiDigit(name[0])
        && !name.StartsWith("pg_", StringComparison.Ordinal)
        && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_');
}
