using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using Holdfast.DynamoDb;
using Holdfast.Logs;
using Holdfast.Servers;

namespace Holdfast.Benchmarks.Backends;

/// <summary>DynamoDB Local, which is Amazon's own program for one machine: what it tells of the service is the number of requests, not their time.</summary>
internal sealed class DynamoDbBackend(DynamoDbServer server) : Backend
{
    public override string Raw => "PutItem through the AWS SDK, DynamoDB Local in its memory";

    public override string Version => "DynamoDB Local 1.25";

    public override string? OneCallerBudget => null;

    public static async Task<DynamoDbBackend> StartAsync() => new(await DynamoDbServer.StartAsync());

    public override Task<ICommitLog> OpenAsync(string name) => Task.FromResult<ICommitLog>(new DynamoDbCommitLog(new()
    {
        ServiceUrl = server.Url,
        Region = "us-east-1",
        Credentials = new BasicAWSCredentials("local", "local"),
        TableName = name,
        CreateTable = true,
    }));

    public override async Task<IRawDriver> OpenRawAsync(string name)
    {
        var client = new AmazonDynamoDBClient(new BasicAWSCredentials("local", "local"), new AmazonDynamoDBConfig { ServiceURL = server.Url, AuthenticationRegion = "us-east-1" });
        await client.CreateTableAsync(new CreateTableRequest
        {
            TableName = name + "-raw",
            BillingMode = BillingMode.PAY_PER_REQUEST,
            AttributeDefinitions = [new("id", ScalarAttributeType.S)],
            KeySchema = [new("id", KeyType.HASH)],
        });
        return new RawDynamoDb(client, name + "-raw");
    }

    public override async Task<IReadOnlyList<(string Way, IReadOnlyList<IRawDriver> Drivers)>> OpenRawForManyAsync(string name, int callers)
    {
        var shared = await OpenRawAsync(name);
        return [("over one client", [.. Enumerable.Repeat(shared, callers)])];
    }

    public override ValueTask DisposeAsync() => server.DisposeAsync();

    private sealed class RawDynamoDb(AmazonDynamoDBClient client, string table) : IRawDriver
    {
        public Task InsertAsync(byte[] body) => client.PutItemAsync(table, new() { ["id"] = new(Guid.NewGuid().ToString("N")), ["body"] = new(System.Text.Encoding.UTF8.GetString(body)) });

        public ValueTask DisposeAsync()
        {
            client.Dispose();
            return default;
        }
    }
}
