using Holdfast.Logs;
using Holdfast.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Holdfast.Postgres.Tests;

/// <summary>No error and no log message has a password, whatever goes wrong.</summary>
public sealed class SecretTests
{
    [Fact]
    public async Task Errors_OfEveryKindOfFailureToConnect_HaveNoPassword()
    {
        var server = await SharedServer.GetAsync();
        foreach (var connectionString in (string[])
            [
                server.ConnectionString(further: "Password=wrong-hunter2"),
                server.ConnectionString("missing", "Password=\"" + server.Password + "\""),
                server.ConnectionString(further: "Username=nobody;Password=wrong-hunter2"),
                server.ConnectionString(1, "postgres", "Timeout=2"),
                server.ConnectionString(further: "Host=no.such.host.invalid;Timeout=2"),
                server.ConnectionString(further: "SSL Mode=Require;Timeout=5"),
                server.Url("missing"),
            ])
        {
            await using var log = new PostgresCommitLog(new() { ConnectionString = connectionString });
            var thread = new ThreadWriter(ThreadKey.Of("a"));

            var errors = new Exception[]
            {
                await Should.ThrowAsync<StoreUnavailableException>(() => PostgresCommitLog.OpenAsync(connectionString)),
                await Should.ThrowAsync<StoreUnavailableException>(() => thread.AppendAsync(log)),
                await Should.ThrowAsync<StoreUnavailableException>(async () => await log.ReadTailAsync(thread.Key)),
            };

            foreach (var text in errors.Select(error => error.ToString()).Append(log.Description))
            {
                text.ShouldNotContain(server.Password);
                text.ShouldNotContain(Uri.EscapeDataString(server.Password));
                text.ShouldNotContain("hunter2");
            }
        }
    }

    [Fact]
    public async Task LogMessages_OfAHostWhoseServerIsAway_HaveNoPassword()
    {
        var (server, messages) = (await SharedServer.GetAsync(), new Messages());
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders().AddProvider(messages).SetMinimumLevel(LogLevel.Trace);
        builder.Services.AddHoldfast(holdfast => holdfast.UsePostgres(server.ConnectionString(1, "postgres", "Timeout=2")));
        using var host = builder.Build();

        await host.StartAsync();

        var store = host.Services.GetRequiredService<AgentStateStore>();
        await Should.ThrowAsync<StoreUnavailableException>(async () => await store.UpdateAsync("a", session => session.Variables.Set("x", "y")));
        await host.StopAsync();
        messages.All.ShouldContain(message => message.Text.Contains("could not be reached when the host started", StringComparison.Ordinal));
        messages.All.ShouldAllBe(message => !message.Text.Contains(server.Password));
    }

    [Fact]
    public async Task Values_OfAStatementThatTheServerRefuses_AreNotInTheError()
    {
        await using var log = await PostgresCommitLog.OpenAsync(await SharedServer.NewSchemaAsync());
        var agent = new string('a', 9_000) + "-private";

        var error = await Should.ThrowAsync<StateTooLargeException>(
            () => new ThreadWriter(ThreadKey.Of("a")).AppendAsync(log, new() { Body = "{\"private\":1}"u8.ToArray(), Head = head => head with { Agent = Noise(agent) } }));

        error.ToString().ShouldNotContain("private");
    }

    // Text that does not compress, so that it is too long for an index.
    private static string Noise(string text) => text + Convert.ToBase64String(Enumerable.Range(0, 300).SelectMany(i => Digest.Compute(BitConverter.GetBytes(i)).ToByteArray()).ToArray());
}
