using Holdfast.Logs;
using Holdfast.Servers;
using Holdfast.Testing;
using StackExchange.Redis;

namespace Holdfast.Redis.Tests;

/// <summary>Connections of a log's own and of the user's, as callers meet them.</summary>
public sealed class ConnectionTests : RedisLogTest
{
    [Fact]
    public async Task Caller_ThatBlocksAfterItsCall_KeepsNobodyElseWaiting()
    {
        var (log, thread) = (await OpenAsync(ServerKind.SingleServer), Thread("a"));
        await thread.AppendAsync(log, cancellationToken: Cancellation);
        using var release = new ManualResetEventSlim();
        using var blocked = new SemaphoreSlim(0);
        var blocking = Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
        {
            await log.GetHeadAsync(thread.Key, Cancellation).ConfigureAwait(false);
            blocked.Release();
            release.Wait(Cancellation);
        })).ToList();
        await blocked.WaitAsync(Cancellation);

        for (var i = 0; i < 20; i++)
        {
            (await log.GetHeadAsync(thread.Key, Cancellation)).ShouldNotBeNull();
        }

        release.Set();
        await Task.WhenAll(blocking);
    }

    [Fact]
    public async Task Append_ToAServerThatIsSlow_WaitsForIt()
    {
        await using var server = await RedisServer.StartAsync();
        await using var log = new RedisCommitLog(new() { Configuration = server.Address, CommandTimeout = TimeSpan.FromMinutes(2) });
        var thread = Thread("a");
        await thread.AppendAsync(log, cancellationToken: Cancellation);
        await server.SendAsync("CLIENT", "PAUSE", "2500", "ALL");

        await thread.AppendAsync(log, cancellationToken: Cancellation);

        (await log.GetHeadAsync(thread.Key, Cancellation))!.Version.ShouldBe(2);
    }

    [Fact]
    public async Task Connection_ThatIsDeadWithoutHavingBeenClosed_IsReplaced()
    {
        await using var server = await RedisServer.StartAsync();
        using var proxy = new FreezingProxy(server.Port);
        await using var log = new RedisCommitLog(new() { Configuration = proxy.Address, CommandTimeout = TimeSpan.FromMilliseconds(500) });
        var writer = new RetryingWriter(log, ThreadKey.Of("a"));
        await writer.AppendAsync();

        proxy.Freeze();

        await writer.AppendAsync();
        writer.Attempts.Unknown.ShouldBeGreaterThan(0);
        await using var patient = new RedisCommitLog(new() { Configuration = server.Address, CommandTimeout = SharedServers.Patience });
        await HistoryChecker.CheckAsync(patient, writer.Acknowledged, Cancellation);
    }

    [Fact]
    public async Task Dispose_WhileAConnectionIsMadeForACallThatWasCancelled_LeavesNoneOpen()
    {
        // What is compiled by the first connection of a process must not take the time for which the server lets the next one wait.
        await using var server = await RedisServer.StartAsync();
        await using (var first = new RedisCommitLog(new() { Configuration = server.Address, CommandTimeout = SharedServers.Patience }))
        {
            await first.GetHeadAsync(ThreadKey.Of("a"), Cancellation);
        }

        var log = new RedisCommitLog(new() { Configuration = server.Address, CommandTimeout = SharedServers.Patience });
        await server.SendAsync("CLIENT", "PAUSE", "3000", "ALL");
        using var cancel = new CancellationTokenSource();
        var call = log.GetHeadAsync(ThreadKey.Of("a"), cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => call);

        await log.DisposeAsync();

        await UntilAsync(async () => (await server.SendAsync("CLIENT", "LIST")).Split('\n').Count(line => line.Contains("addr=", StringComparison.Ordinal)) == 1);
    }

    [Theory]
    [EachServer]
    public async Task Connection_OfTheUsersOwn_DoesEverythingWithoutBeingForAdministration(ServerKind kind)
    {
        var connection = (await OpenRawAsync(kind)).Multiplexer;
        await using (var log = new RedisCommitLog(new() { Connection = connection, KeyPrefix = Prefix }))
        {
            var thread = Thread("a");
            await thread.AppendManyAsync(log, 5, keyframes: [2, 5], Cancellation);
            (await log.ReadAsync(thread.Key, cancellationToken: Cancellation).CountAsync(Cancellation)).ShouldBe(5);
            (await log.RewriteAsync(thread.Key, new Dictionary<long, ReadOnlyMemory<byte>> { [2] = "{}"u8.ToArray() }, 2, Cancellation)).ShouldBeTrue();
            (await log.RepairIndexAsync(Cancellation)).ShouldBe(new(1, 0));
            (await ListAsync(log, tenant: null)).ShouldBe(["a"]);
            (await log.EraseAsync(thread.Key, null, Cancellation)).ShouldBeTrue();
        }

        connection.IsConnected.ShouldBeTrue("it belongs to the user");
    }

    [Fact]
    public async Task User_WithThePermissionsOfTheDocumentation_DoesEverything()
    {
        await using var server = await RedisServer.StartAsync();
        var rights = "resetkeys ~holdfast:* resetchannels -@all +@read +@write +@scripting +@connection +info +time +cluster +config|get -keys";
        (await server.SendAsync(["ACL", "SETUSER", "agents,of=ann", "on", ">secret", .. rights.Split(' ')])).ShouldBe("+OK");
        (await server.SendAsync("ACL", "SETUSER", "default", "off")).ShouldBe("+OK");
        await using var log = new RedisCommitLog(RedisLogOptions.FromUrl($"redis://agents%2Cof%3Dann:secret@{server.Address}"));
        var thread = Thread("a");

        await thread.AppendAsync(log, new() { Head = head => head with { UserId = "ann", ExpiresAt = new(2190, 1, 1, 0, 0, 0, TimeSpan.Zero) } }, Cancellation);
        await thread.AppendManyAsync(log, 4, keyframes: [2, 3, 5], Cancellation);
        (await log.ReadTailAsync(thread.Key, 0, Cancellation))!.Head.Version.ShouldBe(5);
        (await log.SetExpiryAsync(thread.Key, null, Cancellation)).ShouldBeTrue();
        (await log.RewriteAsync(thread.Key, new Dictionary<long, ReadOnlyMemory<byte>> { [2] = "{}"u8.ToArray() }, 2, Cancellation)).ShouldBeTrue();
        (await log.RewriteAsync(thread.Key, new Dictionary<long, ReadOnlyMemory<byte>>(), 3, Cancellation)).ShouldBeTrue();
        (await log.RepairIndexAsync(Cancellation)).ShouldBe(new(1, 0));
        (await ListAsync(log, new() { UserId = "ann" }, tenant: null)).ShouldBe(["a"]);
        (await log.GetWarningsAsync(Cancellation)).ShouldBeEmpty();
        (await log.GetServerTimeAsync(Cancellation)).ShouldBeGreaterThan(DateTimeOffset.UnixEpoch);
        var pin = new Pin { Life = CommitId.New(TimeProvider.System), Key = ThreadKey.Of("fork"), From = 1, To = 1 };
        (await log.UpdateHeadAsync(new() { Key = thread.Key, AddPins = [pin], Properties = new Dictionary<string, string?> { ["a"] = "b" }, Beats = true }, Cancellation)).ShouldNotBeNull();
        (await log.EraseAsync(new EraseRequest { Key = thread.Key, KeepAsTrunk = true }, Cancellation)).ShouldBeTrue();
        (await log.EraseAsync(ThreadKey.Trunk(thread.Key, thread.Head!.Life), null, Cancellation)).ShouldBeTrue();
    }
}
