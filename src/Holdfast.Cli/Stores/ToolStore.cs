using Holdfast.Logs;
using Holdfast.Sqlite;

namespace Holdfast.Cli;

/// <summary>One kind of store, with what the tool alone asks of it.</summary>
internal sealed class ToolStore(StoreScheme scheme)
{
    private bool IsFiles => scheme.Names[0] == "file";

    private bool IsSqlite => scheme.Names[0] == "sqlite";

    /// <summary>The name and version of the library behind the log; null if there is none to name.</summary>
    public (string Name, string Version)? Engine => IsSqlite ? ("SQLite", SqliteCommitLog.NativeVersion) : null;

    /// <summary>Makes the log. It connects with its first call.</summary>
    /// <exception cref="StateConfigurationException">The URL cannot be used.</exception>
    public ICommitLog Open(StoreUrl url) => scheme.Open(url);

    /// <summary>Says what is not there yet when nothing was ever stored; null if something is there. Reading commands then make nothing.</summary>
    /// <exception cref="StateConfigurationException">The URL lacks a path.</exception>
    public string? Missing(StoreUrl url)
        => IsFiles && !Directory.Exists(url.RequirePath("a directory, as in file:threads")) ? $"There is no directory '{url.Path}' yet."
            : IsSqlite && !File.Exists(url.RequirePath("a file, as in sqlite:holdfast.db")) ? $"There is no file '{url.Path}' yet{WithoutDirectory(url.Path)}."
            : null;

    // SQLite makes files, but no directories.
    private static string WithoutDirectory(string path) => Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path))) ? "" : ", and no directory for it: make the directory first";
}
