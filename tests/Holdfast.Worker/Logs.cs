using Holdfast.DynamoDb;
using Holdfast.Logs;
using Holdfast.Redis;
using Holdfast.Postgres;
using Holdfast.Sqlite;

namespace Holdfast.Worker;

/// <summary>The logs that a store URL can name.</summary>
internal static class Logs
{
    public static ICommitLog Open(string url) => url.Split(':', 2) switch
    {
        ["sqlite", var path] => new SqliteCommitLog(new() { DataSource = path }),
        ["file", var directory] => new FileCommitLog(new() { Directory = directory }),
        ["redis", _] => new RedisCommitLog(RedisLogOptions.FromUrl(url)),
        _ => throw new ArgumentException($"'{url}' is not the URL of a store: write sqlite:FILE, file:DIRECTORY or redis://HOST:PORT."),
        ["postgres", _] => new PostgresCommitLog(new() { ConnectionString = url }),
        _ => throw new ArgumentException($"'{url}' is not the URL of a store: write sqlite:FILE, file:DIRECTORY or postgres://USER:PASSWORD@HOST/DATABASE."),
        ["dynamodb", _] => new DynamoDbCommitLog(DynamoDbLogOptions.FromUrl(url)),
        _ => throw new ArgumentException($"'{url}' is not the URL of a store: write sqlite:FILE, file:DIRECTORY or dynamodb://REGION/TABLE."),
    };
}
