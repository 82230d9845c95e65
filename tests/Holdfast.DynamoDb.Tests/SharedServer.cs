using Amazon.DynamoDBv2;
using Amazon.Runtime;
using Holdfast.Servers;

[assembly: AssemblyFixture(typeof(Holdfast.DynamoDb.Tests.SharedServer))]

namespace Holdfast.DynamoDb.Tests;

/// <summary>One server in memory for all tests that do not end it; each test has tenants or tables of its own.</summary>
public sealed class SharedServer : IAsyncDisposable
{
    public const string Table = "holdfast-tests";

    private static readonly Lazy<Task<DynamoDbServer>> Started = new(() => DynamoDbServer.StartAsync());

    public static Task<DynamoDbServer> GetAsync() => Started.Value;

    /// <summary>A log on the table that tests share.</summary>
    public static async Task<DynamoDbCommitLog> OpenAsync(Action<DynamoDbLogOptions>? configure = null)
    {
        var options = OptionsFor((await GetAsync()).Url);
        configure?.Invoke(options);
        return new(options);
    }

    /// <summary>A client of the server, for looking at what is stored.</summary>
    public static async Task<AmazonDynamoDBClient> ClientAsync() => OptionsFor((await GetAsync()).Url).CreateClient();

    // Never what the environment says: the tests speak to this machine only.
    public static DynamoDbLogOptions OptionsFor(string url) => new()
    {
        TableName = Table,
        CreateTable = true,
        ServiceUrl = url,
        Region = "us-east-1",
        Credentials = new BasicAWSCredentials("local", "local"),
        RequestTimeout = Patience.Call,
        Timeout = Patience.Call,
    };

    public async ValueTask DisposeAsync()
    {
        if (Started.IsValueCreated)
        {
            await (await Started.Value).DisposeAsync();
        }
    }
}
