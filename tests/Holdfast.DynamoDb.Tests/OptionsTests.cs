using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Holdfast.Logs;
using Microsoft.Extensions.DependencyInjection;

namespace Holdfast.DynamoDb.Tests;

public sealed class OptionsTests
{
    [Fact]
    public void FromUrl_TakesRegionTableAndSettings()
    {
        var options = DynamoDbLogOptions.FromUrl("dynamodb://eu-central-1/agents?endpoint=http%3A%2F%2Flocalhost%3A8000&create=true");

        (options.Region, options.TableName, options.ServiceUrl, options.CreateTable).ShouldBe(("eu-central-1", "agents", "http://localhost:8000", true));
        DynamoDbLogOptions.FromUrl("dynamodb://eu-central-1").TableName.ShouldBe("holdfast");
        DynamoDbLogOptions.FromUrl("dynamodb://eu-central-1/agents?endpoint=http://localhost:8000").ServiceUrl.ShouldBe("http://localhost:8000");
    }

    [Theory]
    [InlineData("")]
    [InlineData("agents")]
    [InlineData("redis://localhost")]
    [InlineData("dynamodb://AKIAKEY:s3cr3t@eu-central-1/agents")]
    [InlineData("dynamodb://eu-central-1/a")]
    [InlineData("dynamodb://eu-central-1/agents?endpoint=ftp://x")]
    [InlineData("dynamodb://eu-central-1/agents?endpoint=http://u:s3cr3t@x")]
    [InlineData("dynamodb://eu-central-1/agents?create=perhaps")]
    [InlineData("dynamodb://eu-central-1/agents?secret=s3cr3t")]
    public void FromUrl_OfAnythingElse_IsRefusedWithoutRepeatingSecrets(string url)
        => Should.Throw<StateConfigurationException>(() => DynamoDbLogOptions.FromUrl(url)).ToString().ShouldNotContain("s3cr3t");

    [Fact]
    public void Settings_OutOfTheirRange_AreRefused()
    {
        Refused(options => options.TableName = "a/b", "TableName");
        Refused(options => options.TableName = "", "TableName");
        Refused(options => options.Timeout = TimeSpan.Zero, "Timeout");
        Refused(options => options.RequestTimeout = TimeSpan.FromDays(1), "RequestTimeout");
        Refused(options => options.ServiceUrl = "localhost:8000", "ServiceUrl");
        Refused(options => options.Client = SharedServer.OptionsFor("http://127.0.0.1:9").CreateClient(), "Client");

        static void Refused(Action<DynamoDbLogOptions> change, string name)
        {
            var options = SharedServer.OptionsFor("http://127.0.0.1:9");
            change(options);
            Should.Throw<StateConfigurationException>(() => new DynamoDbCommitLog(options)).Message.ShouldContain($"DynamoDbLogOptions.{name} ");
        }
    }

    [Fact]
    public async Task Description_NamesTableAndPlace()
    {
        await using var local = new DynamoDbCommitLog(SharedServer.OptionsFor("http://127.0.0.1:9"));
        await using var region = new DynamoDbCommitLog(new() { Region = "eu-central-1", Credentials = new Amazon.Runtime.BasicAWSCredentials("a", "s3cr3t") });

        local.Description.ShouldBe("DynamoDB table 'holdfast-tests' at 127.0.0.1:9");
        region.Description.ShouldBe("DynamoDB table 'holdfast' at eu-central-1");
        region.ToString().ShouldBe(region.Description);
    }

    [Fact]
    public async Task UseDynamoDb_StoresIntoTheTable()
    {
        var url = (await SharedServer.GetAsync()).Url;
        var services = new ServiceCollection().AddHoldfast(holdfast => holdfast.UseDynamoDb(options =>
        {
            var local = SharedServer.OptionsFor(url);
            (options.TableName, options.CreateTable, options.ServiceUrl, options.Region, options.Credentials) = (local.TableName, true, url, local.Region, local.Credentials);
        }));
        await using var provider = services.BuildServiceProvider();
        var store = provider.GetRequiredService<AgentStateStore>().ForTenant("t" + Guid.NewGuid().ToString("N"));

        await store.UpdateAsync("chat", session => session.Variables.Set("a", 1));

        (await store.LoadAsync("chat"))!.Variables["a"].GetInt32().ShouldBe(1);
        store.CommitLog.ShouldBeOfType<DynamoDbCommitLog>();
    }

    [Fact]
    public async Task UseDynamoDb_WithoutAPlace_TakesTheClientOfTheServicesAndLeavesItOpen()
    {
        using var client = await SharedServer.ClientAsync();
        var services = new ServiceCollection()
            .AddSingleton<IAmazonDynamoDB>(client)
            .AddHoldfast(holdfast => holdfast.UseDynamoDb(options => (options.TableName, options.CreateTable) = (SharedServer.Table, true)));
        await using (var provider = services.BuildServiceProvider())
        {
            (await provider.GetRequiredService<AgentStateStore>().CommitLog.GetHeadAsync(ThreadKey.Of("none"))).ShouldBeNull();
        }

        (await client.DescribeTableAsync(SharedServer.Table)).Table.TableName.ShouldBe(SharedServer.Table);
    }

    [Fact]
    public async Task CreateTable_ByTwelveLogsAtOnce_MakesItOnce()
    {
        var name = "t-" + Guid.NewGuid().ToString("N");
        var logs = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => SharedServer.OpenAsync(options => options.TableName = name)));

        await Task.WhenAll(logs.Select(log => Task.Run(async () => await log.GetHeadAsync(ThreadKey.Of("chat")))));

        using var client = await SharedServer.ClientAsync();
        var table = (await client.DescribeTableAsync(name)).Table;
        table.BillingModeSummary.BillingMode.ShouldBe(BillingMode.PAY_PER_REQUEST);
        table.GlobalSecondaryIndexes.Select(index => index.IndexName).Order(StringComparer.Ordinal).ShouldBe(["by-due", "by-id", "by-update", "by-user"]);
        foreach (var log in logs)
        {
            await log.DisposeAsync();
        }
    }

    [Fact]
    public async Task Table_ThatIsNotThere_IsAnErrorThatSaysWhatToDo()
    {
        await using var log = await SharedServer.OpenAsync(options => (options.TableName, options.CreateTable) = ("not-there", false));

        (await Should.ThrowAsync<StateConfigurationException>(async () => await log.GetHeadAsync(ThreadKey.Of("chat")))).Message.ShouldContain("CreateTable");
    }

    [Fact]
    public async Task Table_OfAnotherLayout_IsRefused()
    {
        using var client = await SharedServer.ClientAsync();
        var name = "t-" + Guid.NewGuid().ToString("N");
        await client.CreateTableAsync(new CreateTableRequest
        {
            TableName = name,
            BillingMode = BillingMode.PAY_PER_REQUEST,
            AttributeDefinitions = [new("pk", ScalarAttributeType.S), new("sk", ScalarAttributeType.S)],
            KeySchema = [new("pk", KeyType.HASH), new("sk", KeyType.RANGE)],
        });
        await using var log = await SharedServer.OpenAsync(options => options.TableName = name);

        (await Should.ThrowAsync<StateConfigurationException>(async () => await log.GetHeadAsync(ThreadKey.Of("chat")))).Message.ShouldContain("no index 'by-id'");
    }
}
