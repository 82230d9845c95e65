using Holdfast.DynamoDb;
using Holdfast.Logs;
using Holdfast.Sqlite;

namespace Holdfast.Worker;

/// <summary>The logs that a store URL can name.</summary>
internal static class Logs
{
    public static ICommitLog Open(string url) => url.Split(':', 2) switch
    {
        ["sqlite", var path] => new SqliteCommitLog(new() { DataSource = path }),
        ["file", var directory] => new FileCommitLog(new() { Directory = directory }),
        ["dynamodb", _] => new DynamoDbCommitLog(DynamoDbLogOptions.FromUrl(url)),
        _ => throw new ArgumentException($"'{url}' is not the URL of a store: write sqlite:FILE, file:DIRECTORY or dynamodb://REGION/TABLE."),
    };
}
