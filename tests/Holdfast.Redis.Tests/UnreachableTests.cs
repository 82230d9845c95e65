using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Holdfast.Logs;
using Holdfast.Servers;

namespace Holdfast.Redis.Tests;

/// <summary>Why a server cannot be reached is said in words, and without waiting for what cannot come.</summary>
public sealed class UnreachableTests
{
    private const string Secret = "hunter2";

    // Longer than a caller would wait: what is found out otherwise does not take it.
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(2);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Port_ThatNobodyListensAt_IsSaidToRefuse()
    {
        // A port that is taken, so that nobody else begins to listen at it.
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        (await FailAsync($"{socket.LocalEndPoint}")).ShouldContain("connection was refused");
    }

    [Fact]
    public async Task Host_WithoutAnAddress_IsSaidToBeUnknown() => (await FailAsync("nowhere.invalid:6379")).ShouldContain("host name is not known");

    [Fact]
    public async Task Servers_ThatAreAllAway_AreEachNamed()
    {
        var error = await FailAsync("nowhere.invalid:1,127.0.0.1:1");

        error.ShouldContain("nowhere.invalid:1: the host name is not known");
        error.ShouldContain("127.0.0.1:1: the connection was refused");
    }

    [Fact]
    public async Task Tls_ToAPortWithoutIt_IsSaidToBeMissing()
    {
        await using var server = await RedisServer.StartAsync("--requirepass", Secret);

        (await FailAsync($"{server.Address},ssl=true,password={Secret}")).ShouldContain("speaks no TLS");
    }

    [Theory]
    [InlineData("", "demands a password")]
    [InlineData($",password={Secret}-wrong", "user or the password is wrong")]
    [InlineData($",user=nobody,password={Secret}", "user or the password is wrong")]
    public async Task Password_ThatIsWrong_IsSaidToBe(string settings, string expected)
    {
        await using var server = await RedisServer.StartAsync("--requirepass", Secret);

        (await FailAsync(server.Address + settings)).ShouldContain(expected);
    }

    [Fact]
    public async Task Server_ThatAnswersNothing_IsGivenUpAndNotAskedAgainByEveryRetry()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var timeout = TimeSpan.FromSeconds(4);
        await using var store = new AgentStateStore(new RedisCommitLog(new() { Configuration = $"{listener.LocalEndpoint},connectTimeout={timeout.TotalMilliseconds}" }));

        var error = await Should.ThrowAsync<StoreUnavailableException>(async () => await store.Thread("a").GetInfoAsync(Cancellation));

        error.Message.ShouldContain("did not answer");
        var accepted = 0;
        for (; listener.Pending(); accepted++)
        {
            (await listener.AcceptTcpClientAsync(Cancellation)).Dispose();
        }

        accepted.ShouldBeLessThanOrEqualTo(6, "each try would have opened two connections and a third to look");
    }

    private static async Task<string> FailAsync(string configuration)
    {
        await using var log = new RedisCommitLog(new() { Configuration = $"{configuration},connectTimeout={ConnectTimeout.TotalMilliseconds}" });
        var started = Stopwatch.GetTimestamp();

        var error = await Should.ThrowAsync<StoreUnavailableException>(async () => await log.GetHeadAsync(ThreadKey.Of("a"), Cancellation));

        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(Soon);
        error.OutcomeUnknown.ShouldBeFalse();
        error.ToString().ShouldNotContain(Secret);
        return error.Message;
    }
}
