using System.Net;
using System.Net.Sockets;
using Amazon.Runtime;
using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.DynamoDb.Tests;

/// <summary>A service that cannot be reached is told of as that, with the place, the cause in words, and what to do; never with a secret.</summary>
public sealed class UnreachableTests
{
    private static readonly SessionAWSCredentials Secret = new("AKIAKEY", "s3cr3t-key", "s3cr3t-token");

    [Fact]
    public Task Calls_ToAPortWhereNothingListens_SayThatTheConnectionWasRefused()
        => ExpectAsync(new() { ServiceUrl = "http://127.0.0.1:9", Region = "us-east-1", Credentials = Secret, TimeProvider = new SkippedTime() }, "'holdfast' at 127.0.0.1:9", "connection refused", "Check that the service runs");

    [Fact]
    public Task Calls_ToAHostThatIsNotThere_SayThatItsNameIsNotKnown()
        => ExpectAsync(new() { ServiceUrl = "http://no.such.host.invalid", Region = "us-east-1", Credentials = Secret, TimeProvider = new SkippedTime() }, "no.such.host.invalid", "cannot be resolved");

    [Fact]
    public async Task Calls_ToAServiceThatDoesNotAnswer_SayHowLongTheyWaited()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();

        await ExpectAsync(
            new() { ServiceUrl = $"http://{silent.LocalEndpoint}", Region = "us-east-1", Credentials = Secret, RequestTimeout = TimeSpan.FromSeconds(1), Timeout = TimeSpan.FromMilliseconds(100) },
            silent.LocalEndpoint.ToString()!,
            "no answer within 1 seconds");
    }

    [Fact]
    public async Task Calls_WithTlsToAServiceWithoutIt_SaySo()
        => await ExpectAsync(
            new()
            {
                ServiceUrl = (await SharedServer.GetAsync()).Url.Replace("http:", "https:", StringComparison.Ordinal),
                Region = "us-east-1",
                Credentials = Secret,
                Timeout = TimeSpan.FromMilliseconds(100),
            },
            "TLS could not be agreed upon",
            "http or https");

    [Fact]
    public async Task Calls_WithoutCredentials_SayWhereTheyAreLookedFor()
    {
        // No other test takes anything from the environment.
        foreach (var (name, value) in (List<(string, string?)>)
            [
                ("AWS_EC2_METADATA_DISABLED", "true"), ("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent"), ("AWS_CONFIG_FILE", "/nonexistent"), ("AWS_ACCESS_KEY_ID", null),
                ("AWS_SECRET_ACCESS_KEY", null), ("AWS_SESSION_TOKEN", null), ("AWS_WEB_IDENTITY_TOKEN_FILE", null), ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", null),
                ("AWS_CONTAINER_CREDENTIALS_FULL_URI", null), ("AWS_PROFILE", null), ("AWS_REGION", null), ("AWS_DEFAULT_REGION", null),
            ])
        {
            Environment.SetEnvironmentVariable(name, value);
        }

        await ExpectAsync(new() { ServiceUrl = (await SharedServer.GetAsync()).Url, Region = "us-east-1" }, "no credentials were found", "DynamoDbLogOptions.Credentials", "AWS_ACCESS_KEY_ID");
        Should.Throw<StateConfigurationException>(() => new DynamoDbCommitLog(new() { Credentials = Secret })).Message.ShouldContain("DynamoDbLogOptions.Region");
    }

    [Fact]
    public async Task Calls_ToATableThatIsNotThere_NameItAndWhatToDo()
    {
        var options = SharedServer.OptionsFor((await SharedServer.GetAsync()).Url);
        (options.TableName, options.CreateTable) = ("not-there", false);
        await using var log = new DynamoDbCommitLog(options);

        var error = await Should.ThrowAsync<StateConfigurationException>(async () => await log.GetHeadAsync(ThreadKey.Of("a")));

        error.Message.ShouldContain("'not-there'");
        error.Message.ShouldContain("CreateTable");
    }

    [Theory]
    [InlineData("UnrecognizedClientException", "Check access key")]
    [InlineData("ExpiredTokenException", "Renew it")]
    [InlineData("AccessDeniedException", "permissions")]
    public async Task Calls_ThatTheServiceRefuses_SayWhatToDo(string code, string advice)
    {
        await using var table = await OwnTable.CreateAsync();
        var log = table.OpenThroughProxy();
        table.Proxy.Answer = $$"""{"__type":"com.amazon.coral.service#{{code}}","message":"The security token is invalid"}""";

        var error = await Should.ThrowAsync<StoreUnavailableException>(async () => await log.GetHeadAsync(ThreadKey.Of("a")));

        error.Message.ShouldContain(code);
        error.Message.ShouldContain(advice);
    }

    [Fact]
    public async Task Calls_ToAPortWhereNothingListens_AreGivenUpLongBeforeOthers()
    {
        var time = new SkippedTime();
        await using var log = new DynamoDbCommitLog(
            new() { ServiceUrl = "http://127.0.0.1:9", Region = "us-east-1", Credentials = Secret, Timeout = TimeSpan.FromMinutes(5), RequestTimeout = TimeSpan.FromMinutes(5), TimeProvider = time });

        await Should.ThrowAsync<StoreUnavailableException>(async () => await log.GetHeadAsync(ThreadKey.Of("a")));

        time.Passed.ShouldBeInRange(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5));
    }

    private static async Task ExpectAsync(DynamoDbLogOptions options, params string[] parts)
    {
        await using var log = new DynamoDbCommitLog(options);
        foreach (var call in (Func<Task>[])[async () => await log.GetHeadAsync(ThreadKey.Of("a")), () => new ThreadWriter(ThreadKey.Of("a")).AppendAsync(log)])
        {
            var error = await Should.ThrowAsync<StoreUnavailableException>(call);

            parts.ShouldAllBe(part => error.Message.Contains(part), error.Message);
            (error + log.Description).ShouldNotContain("s3cr3t");
        }
    }
}
