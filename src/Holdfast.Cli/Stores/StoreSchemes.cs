using Holdfast.DynamoDb;
using Holdfast.Logs;
using Holdfast.Postgres;
using Holdfast.Redis;
using Holdfast.Sqlite;

namespace Holdfast.Cli;

/// <summary>The kinds of stores that the tool can open. A new backend is one more entry.</summary>
internal sealed class StoreSchemes(IReadOnlyList<StoreScheme> schemes)
{
    public static StoreSchemes BuiltIn { get; } = new(
    [
        new("memory", "memory:", _ => new InMemoryCommitLog()),
        new("file", "file:DIR", url => new FileCommitLog(new() { Directory = PathOf(url, "a directory, as in file:threads") }))
        {
            Missing = url => Directory.Exists(url.Path) ? null : $"There is no directory '{url.Path}' yet.",
        },
        new("sqlite", "sqlite:FILE", url => new SqliteCommitLog(new() { DataSource = PathOf(url, "a file, as in sqlite:holdfast.db") }))
        {
            Missing = url => File.Exists(url.Path) ? null : $"There is no file '{url.Path}' yet.",
            Engine = () => ("SQLite", SqliteCommitLog.NativeVersion),
        },
        new("redis", "redis://HOST:PORT", url => new RedisCommitLog(RedisLogOptions.FromUrl(url.Text))) { Alias = "rediss" },
        new("postgres", "postgres://USER:PASSWORD@HOST/DATABASE", url => new PostgresCommitLog(new() { ConnectionString = url.Text })) { Alias = "postgresql" },
        new("dynamodb", "dynamodb://REGION/TABLE", url => new DynamoDbCommitLog(DynamoDbLogOptions.FromUrl(url.Text))),
    ]);

    /// <summary>The forms of the URLs, for people.</summary>
    public string Forms => string.Join(", ", schemes.Select(scheme => scheme.Form));

    /// <summary>The kind of store that a URL asks for.</summary>
    /// <exception cref="ToolException">The tool does not know the scheme.</exception>
    public StoreScheme Find(StoreUrl url)
        => schemes.FirstOrDefault(scheme => scheme.Name == url.Scheme || scheme.Alias == url.Scheme)
            ?? throw ToolException.Usage($"There is no store for '{url.Scheme}:' URLs.", $"Supported are {Forms}.");

    private static string PathOf(StoreUrl url, string expected)
        => url.Path.Length > 0 ? url.Path : throw ToolException.Usage($"The store URL '{url.Scheme}:' lacks {expected}.");
}
