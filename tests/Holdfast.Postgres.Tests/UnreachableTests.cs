using System.Net;
using System.Net.Sockets;
using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.Postgres.Tests;

/// <summary>A server that cannot be reached is told of as that, with the place, the cause in words, and what to do; never with a secret.</summary>
public sealed class UnreachableTests
{
    [Fact]
    public async Task Calls_ToAPortWhereNothingListens_SayThatTheConnectionWasRefused()
        => await ExpectAsync(
            (await SharedServer.GetAsync()).ConnectionString(1, "postgres", ""), "postgres://127.0.0.1:1/postgres?schema=holdfast cannot be reached", "127.0.0.1:1 (connection refused)", "Check that the server runs");

    [Fact]
    public async Task Calls_ToSeveralHostsWhereNothingListens_NameThem()
        => await ExpectAsync((await SharedServer.GetAsync()).ConnectionString(1, "postgres", "Host=127.0.0.1,127.0.0.2"), "cannot be reached", "127.0.0.1,127.0.0.2:1", "Check that the server");

    [Fact]
    public async Task Calls_ToAHostThatIsNotThere_SayThatItsNameIsNotKnown()
        => await ExpectAsync((await SharedServer.GetAsync()).ConnectionString(further: "Host=no.such.host.invalid"), "no.such.host.invalid", "cannot be resolved", "Check that it is right");

    [Fact]
    public async Task Calls_WithAWrongPassword_SayWhoseItIs()
        => await ExpectAsync((await SharedServer.GetAsync()).ConnectionString(further: "Password=wrong-hunter2"), "does not accept the password of 'keeper'", "Check 'Username' and 'Password'");

    [Fact]
    public async Task Calls_ToADatabaseThatIsNotThere_NameIt()
        => await ExpectAsync((await SharedServer.GetAsync()).ConnectionString("missing"), "has no database 'missing'", "Create it");

    [Fact]
    public async Task Calls_WithTlsToAServerWithoutIt_SaySo()
        => await ExpectAsync((await SharedServer.GetAsync()).ConnectionString(further: "SSL Mode=Require"), "does not speak TLS", "'SSL Mode'");

    [Fact]
    public async Task Calls_ToAServerThatDoesNotAnswer_SayHowLongTheyWaited()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();

        await ExpectAsync((await SharedServer.GetAsync()).ConnectionString(PortOf(silent), "postgres", "Timeout=1"), "nothing answered", "within 1 seconds", "'Timeout'");
    }

    [Fact]
    public async Task Calls_ToWhatIsNoPostgresServer_SaySo()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var answering = AnswerAsync(other);

        await ExpectAsync((await SharedServer.GetAsync()).ConnectionString(PortOf(other), "postgres", ""), "ended the attempt to connect", "Check that it is a PostgreSQL server");

        other.Stop();
        await answering;
    }

    [Fact]
    public async Task Calls_AfterTheServerHasGone_SayThatItCannotBeReached()
    {
        await using var server = await Servers.PostgresServer.StartAsync();
        await using var log = await PostgresCommitLog.OpenAsync(server.ConnectionString());
        var thread = new ThreadWriter(ThreadKey.Of("a"));
        await thread.AppendAsync(log);
        await server.StopAsync();

        foreach (var call in (Func<Task>[])[() => thread.AppendAsync(log), async () => await log.GetHeadAsync(thread.Key), async () => await log.EraseAsync(thread.Key)])
        {
            (await Should.ThrowAsync<StoreUnavailableException>(call)).Message.ShouldContain("connection refused");
        }
    }

    private static async Task ExpectAsync(string connectionString, params string[] parts)
    {
        await using var log = new PostgresCommitLog(new() { ConnectionString = connectionString });
        var thread = new ThreadWriter(ThreadKey.Of("a"));
        foreach (var call in (Func<Task>[])[async () => await log.GetHeadAsync(thread.Key), () => thread.AppendAsync(log)])
        {
            var error = await Should.ThrowAsync<StoreUnavailableException>(call);

            parts.ShouldAllBe(part => error.Message.Contains(part), error.Message);
            error.Message.ShouldNotContain("Preparing");
            error.OutcomeUnknown.ShouldBeFalse();
            error.ToString().ShouldNotContain((await SharedServer.GetAsync()).Password);
            error.ToString().ShouldNotContain("hunter2");
        }
    }

    private static int PortOf(TcpListener listener) => ((IPEndPoint)listener.LocalEndpoint).Port;

    private static async Task AnswerAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptSocketAsync();
                await client.ReceiveAsync(new byte[8]);
                await client.SendAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
