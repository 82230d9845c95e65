namespace Holdfast;

/// <summary>Paths of files that agents name: relative, and never out of their root.</summary>
internal static class FilePaths
{
    /// <summary>The path of a file, with single slashes between its names.</summary>
    /// <exception cref="ArgumentException">It is no path of a file.</exception>
    public static string File(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        return Normal(path) is { Length: > 0 } normal ? normal : throw Invalid(path, "it names no file");
    }

    /// <summary>The path of a directory; empty for the root.</summary>
    /// <exception cref="ArgumentException">It is no path of a directory.</exception>
    public static string Directory(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Normal(path);
    }

    private static string Normal(string path)
    {
        if (path is ['/' or '\\', ..] or [_, ':', ..])
        {
            throw Invalid(path, "paths are relative");
        }

        var names = path.Split(['/', '\\'], StringSplitOptions.RemoveEmptyEntries);
        return Array.Exists(names, name => name is "." or "..") ? throw Invalid(path, "the names '.' and '..' have no meaning here") : string.Join('/', names);
    }

    private static ArgumentException Invalid(string path, string why) => new($"The path '{path}' cannot be used: {why}.", nameof(path));
}
