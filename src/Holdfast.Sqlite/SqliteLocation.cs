using System.Buffers;

namespace Holdfast.Sqlite;

/// <summary>Where a database file is, as users write it: a path, a connection string, or a URL.</summary>
/// <param name="Path">The path.</param>
/// <param name="MustExist">Whether the file must be there already.</param>
internal readonly record struct SqliteLocation(string Path, bool MustExist = false)
{
    private const string Scheme = "sqlite:";
    private static readonly SearchValues<char> KeywordCharacters = SearchValues.Create(" ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>Returns a location that was given to a call, or says which call was given none.</summary>
    /// <exception cref="ArgumentNullException">It is null.</exception>
    public static string NotNull(string? location, string call, string parameter)
        => location ?? throw new ArgumentNullException(
            parameter, $"{call} was given null instead of the path of a database file. Is the setting that it comes from missing in the configuration?");

    /// <exception cref="StateConfigurationException">It is empty, or cannot be understood.</exception>
    public static SqliteLocation Parse(string? text)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            throw Invalid("is the path of the database file and must be set");
        }

        var location = text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? new(PathOfUrl(text))
            : IsConnectionString(text) ? ParseConnectionString(text)
            : new SqliteLocation(text);
        return string.IsNullOrWhiteSpace(location.Path) ? throw Invalid("names no file")
            : location.Path.Contains(":memory:", StringComparison.OrdinalIgnoreCase) || location.Path.StartsWith("file:", StringComparison.OrdinalIgnoreCase)
                ? throw Invalid($"is the path of a file and cannot be '{location.Path}'; for a log in memory use InMemoryCommitLog")
            : location.Path.Contains('\0') ? throw Invalid("is the path of a file and cannot contain NUL")
            : location;
    }

    private static string PathOfUrl(string url)
    {
        var rest = url[Scheme.Length..];
        return rest.Contains('?')
            ? throw Invalid($"is a URL with parameters, which a {Scheme} URL cannot have; further settings are properties of SqliteLogOptions")
            : rest.StartsWith("//", StringComparison.Ordinal) ? rest[2..] : rest;
    }

    // The first keyword is letters and blanks only, which the beginning of a path with a directory or an extension never is.
    private static bool IsConnectionString(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 && !text.AsSpan(0, equals).ContainsAnyExcept(KeywordCharacters);
    }

    private static SqliteLocation ParseConnectionString(string text)
    {
        var location = default(SqliteLocation);
        var rest = text.AsSpan();
        while (!(rest = rest.TrimStart("; ")).IsEmpty)
        {
            var equals = rest.IndexOf('=');
            var keyword = (equals < 0 ? rest[..Math.Max(rest.IndexOf(';'), 0)] : rest[..equals]).Trim().ToString();
            if (equals < 0 || keyword.Contains(';'))
            {
                throw Invalid("looks like a connection string, but one of its parts has no '='");
            }

            var value = TakeValue(ref rest, equals + 1);
            location = keyword.Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant() switch
            {
                "DATASOURCE" or "FILENAME" => location with { Path = value },
                "MODE" => location with { MustExist = MustExistIn(value) },
                "PASSWORD" => throw Invalid("has the keyword Password, but the SQLite that Holdfast uses does not encrypt files; remove it"),
                _ => throw Invalid(
                    $"has the keyword '{keyword}', which Holdfast does not know; it knows Data Source and Mode. Further settings are properties of SqliteLogOptions. " +
                    "A path that begins so is written with its directory, as in ./a=b.db"),
            };
        }

        return location;
    }

    /// <summary>Takes the value of a keyword, which may be in quotation marks.</summary>
    private static string TakeValue(ref ReadOnlySpan<char> rest, int start)
    {
        rest = rest[start..].TrimStart();
        if (rest is not ['"' or '\'', ..])
        {
            var end = rest.IndexOf(';');
            var plain = (end < 0 ? rest : rest[..end]).TrimEnd().ToString();
            rest = end < 0 ? [] : rest[end..];
            return plain;
        }

        var mark = rest[0];
        var close = rest[1..].IndexOf(mark);
        if (close < 0)
        {
            throw Invalid($"is a connection string with a {mark} that is not closed");
        }

        var quoted = rest[1..(close + 1)].ToString();
        rest = rest[(close + 2)..];
        return quoted;
    }

    private static bool MustExistIn(string mode) => mode.ToUpperInvariant() switch
    {
        "READWRITECREATE" => false,
        "READWRITE" => true,
        _ => throw Invalid($"has Mode={mode}; a log needs ReadWriteCreate or ReadWrite"),
    };

    private static StateConfigurationException Invalid(string problem) => new($"{nameof(SqliteLogOptions)}.{nameof(SqliteLogOptions.DataSource)} {problem}.");
}
