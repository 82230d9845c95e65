using Holdfast.DynamoDb;
using Holdfast.Logs;
using Holdfast.Postgres;
using Holdfast.Redis;
using Holdfast.Sqlite;

namespace Holdfast.Worker;

/// <summary>The logs that a store URL can name.</summary>
internal static class Logs
{
    /// <summary>Opens a store by its URL.</summary>
    public static ICommitLog Open(string url) => url.Split(':', 2) switch
    {
        ["sqlite", var path] => new SqliteCommitLog(new() { DataSource = path }),
        ["file", var directory] => new FileCommitLog(new() { Directory = directory }),
        ["redis", _] => new RedisCommitLog(RedisLogOptions.FromUrl(url)),
        ["postgres", _] => new PostgresCommitLog(new() { ConnectionString = url }),
        ["dynamodb", _] => new DynamoDbCommitLog(DynamoDbLogOptions.FromUrl(url)),
        _ => throw new ArgumentException($"'{url}' is not the URL of a store: write sqlite:FILE, file:DIRECTORY, redis://HOST:PORT, postgres://USER:PASSWORD@HOST/DATABASE or dynamodb://REGION/TABLE."),
    };
}
