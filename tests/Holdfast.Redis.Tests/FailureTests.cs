using Holdfast.Logs;
using Holdfast.Servers;
using Holdfast.Testing;
using StackExchange.Redis;

namespace Holdfast.Redis.Tests;

/// <summary>Servers that refuse, are gone or are slow, and data that is damaged.</summary>
public sealed class FailureTests : IAsyncLifetime
{
    private const string Secret = "hunter2";
    private RedisServer? _server;
    private RedisCommitLog? _log;

    private RedisServer Server => _server!;

    private RedisCommitLog Log => _log!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await RedisServer.StartAsync();
        _log = new(new() { Configuration = _server.Address });
    }

    public async ValueTask DisposeAsync()
    {
        await Log.DisposeAsync();
        await Server.DisposeAsync();
    }

    [Fact]
    public async Task Append_WithoutMemoryLeft_IsRefusedAndWritesNothing()
    {
        var thread = new ThreadWriter(ThreadKey.Of("a"));
        await thread.AppendAsync(Log, cancellationToken: Cancellation);
        var request = thread.Next(new() { Body = new byte[100_000] });
        await Server.SendAsync("CONFIG", "SET", "maxmemory", "500000");

        var error = await Should.ThrowAsync<StoreUnavailableException>(async () => await Log.AppendAsync(request, Cancellation));

        error.OutcomeUnknown.ShouldBeFalse();
        error.Message.ShouldContain("maxmemory");
        (await Log.ReadTailAsync(thread.Key, 0, Cancellation))!.Head.Version.ShouldBe(1);
        await Server.SendAsync("CONFIG", "SET", "maxmemory", "0");
        (await Log.AppendAsync(request, Cancellation)).ShouldBe(AppendResult.Appended(2));
    }

    [Fact]
    public async Task Append_ToAReplica_IsRefused()
    {
        var thread = new ThreadWriter(ThreadKey.Of("a"));
        await thread.AppendAsync(Log, cancellationToken: Cancellation);
        await using var master = await RedisServer.StartAsync();
        await Server.SendAsync("REPLICAOF", "127.0.0.1", $"{master.Port}");

        var error = await Should.ThrowAsync<StoreUnavailableException>(async () => await Log.AppendAsync(thread.Next(), Cancellation));

        error.OutcomeUnknown.ShouldBeFalse(error.ToString());
        await Server.SendAsync("REPLICAOF", "NO", "ONE");
    }

    [Fact]
    public async Task Calls_WithoutAServer_FailAndWorkOnceItIsThere()
    {
        await using var log = new RedisCommitLog(new() { Configuration = $"{Server.Address},connectTimeout=1000" });
        var key = ThreadKey.Of("a");
        await Server.KillAsync();

        var error = await Should.ThrowAsync<StoreUnavailableException>(async () => await new ThreadWriter(key).AppendAsync(log, cancellationToken: Cancellation));
        error.OutcomeUnknown.ShouldBeFalse();
        error.Message.ShouldContain(Server.Address);
        await Should.ThrowAsync<StoreUnavailableException>(async () => await log.ListAsync(new() { Space = ThreadSpace.Threads, AsOf = default }, Cancellation));

        await Server.StartAsync();
        var writer = new RetryingWriter(log, key);
        await writer.AppendAsync();
        await HistoryChecker.CheckAsync(log, writer.Acknowledged, Cancellation);
    }

    [Fact]
    public async Task Calls_WhileTheServerIsGone_NeverSayThatThereIsNoThread()
    {
        var thread = new ThreadWriter(ThreadKey.Of("a"));
        await thread.AppendAsync(Log, cancellationToken: Cancellation);
        await Server.KillAsync();

        await Should.ThrowAsync<StoreUnavailableException>(async () => await Log.GetHeadAsync(thread.Key, Cancellation));
        await Should.ThrowAsync<StoreUnavailableException>(async () => await Log.ReadTailAsync(thread.Key, 0, Cancellation));
        await Should.ThrowAsync<StoreUnavailableException>(async () => await Log.ReadAsync(thread.Key, cancellationToken: Cancellation).ToListAsync(Cancellation));
        await Should.ThrowAsync<StoreUnavailableException>(async () => await Log.ListAsync(new() { Space = ThreadSpace.Threads, AsOf = default }, Cancellation));
        await Should.ThrowAsync<StoreUnavailableException>(async () => await Log.EraseAsync(thread.Key, null, Cancellation));
    }

    [Fact]
    public async Task Append_ThatIsNotAnsweredInTime_HasAnUnknownOutcomeThatARepeatSettles()
    {
        await using var impatient = new RedisCommitLog(new() { Configuration = Server.Address, CommandTimeout = TimeSpan.FromMilliseconds(250) });
        var thread = new ThreadWriter(ThreadKey.Of("a"));
        await thread.AppendAsync(Log, cancellationToken: Cancellation);
        await Patience.UntilAsync("a connection of one who waits for so short a time", async () =>
        {
            try
            {
                return await impatient.GetHeadAsync(thread.Key, Cancellation) is not null;
            }
            catch (StoreUnavailableException)
            {
                return false;
            }
        });
        var request = thread.Next();
        await Server.SendAsync("CLIENT", "PAUSE", "600000", "WRITE");

        var error = await Should.ThrowAsync<StoreUnavailableException>(async () => await impatient.AppendAsync(request, Cancellation));

        error.OutcomeUnknown.ShouldBeTrue();
        await Server.SendAsync("CLIENT", "UNPAUSE");
        (await Log.AppendAsync(request, Cancellation)).Outcome.ShouldNotBe(AppendOutcome.Conflict);
        thread.Accept(request);
        await HistoryChecker.CheckAsync(Log, thread.Entries.Select(entry => new AcknowledgedCommit(thread.Key, entry.Version, entry.CommitId)), Cancellation);
    }

    [Theory]
    [InlineData("")]
    [InlineData($",password={Secret}-wrong")]
    public async Task Calls_WithoutTheRightPassword_FailWithoutTellingIt(string password)
    {
        await using var server = await RedisServer.StartAsync("--requirepass", Secret);
        await using var log = new RedisCommitLog(new() { Configuration = server.Address + password });

        var error = await Should.ThrowAsync<StoreUnavailableException>(async () => await log.GetHeadAsync(ThreadKey.Of("a"), Cancellation));

        error.ToString().ShouldNotContain(Secret);
        error.OutcomeUnknown.ShouldBeFalse();
    }

    [Fact]
    public async Task Calls_WithTheRightPassword_Work()
    {
        await using var server = await RedisServer.StartAsync("--requirepass", Secret);
        await using var log = new RedisCommitLog(RedisLogOptions.FromUrl($"redis://:{Secret}@{server.Address}/1"));

        await new ThreadWriter(ThreadKey.Of("a")).AppendAsync(log, cancellationToken: Cancellation);

        log.Description.ShouldNotContain(Secret);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Thread_OfWhichAPartIsGone_IsReportedAsDamagedAndNotOverwritten(bool head)
    {
        var thread = new ThreadWriter(ThreadKey.Of("a"));
        await thread.AppendManyAsync(Log, 3, cancellationToken: Cancellation);
        await Server.SendAsync("DEL", head ? "holdfast:{:a}:head" : "holdfast:{:a}:log");

        await Should.ThrowAsync<CorruptStateException>(async () => await Log.ReadTailAsync(thread.Key, 0, Cancellation));
        var next = head ? new ThreadWriter(thread.Key).Next() : thread.Next();
        await Should.ThrowAsync<CorruptStateException>(async () => await Log.AppendAsync(next, Cancellation));
    }

    [Theory]
    [InlineData("holdfast:{:a}:head", "s", "short")]
    [InlineData("holdfast:{:a}:head", "s", "01234567890123456789012345678901one:0:2:0")]
    [InlineData("holdfast:{:a}:head", "s", "012345678901234567890123456789011:0:2")]
    [InlineData("holdfast:{:a}:head", "s", "012345678901234567890123456789011:0:2:999999999999999999")]
    [InlineData("holdfast:{:a}:head", "j", "{")]
    [InlineData("holdfast:{:a}:head", "s", "012345678901234567890123456789011:0:2:0@soon")]
    [InlineData("holdfast:{:a}:head", "l", "short")]
    [InlineData("holdfast:{:a}:head", "j", "{\"status\":1}")]
    [InlineData("holdfast:{:a}:head", "f", "first")]
    [InlineData("holdfast:{:a}:head", "r", "")]
    [InlineData("holdfast:{:a}:head", "h", "1.5")]
    [InlineData("holdfast:{:a}:head", "n", "99999999999")]
    [InlineData("holdfast:{:a}:head", "x", "soon")]
    public async Task Head_WithAFieldThatHoldfastDoesNotWrite_IsReportedAsDamaged(string key, string field, string value)
    {
        var thread = new ThreadWriter(ThreadKey.Of("a"));
        await thread.AppendAsync(Log, cancellationToken: Cancellation);
        await Server.SendAsync("HSET", key, field, value);

        (await Should.ThrowAsync<CorruptStateException>(async () => await Log.GetHeadAsync(thread.Key, Cancellation))).Key.ShouldBe(thread.Key);
        (await Should.ThrowAsync<CorruptStateException>(async () => await Log.ReadTailAsync(thread.Key, 0, Cancellation))).Key.ShouldBe(thread.Key);
    }

    [Theory]
    [InlineData("short")]
    [InlineData("what is as long as the meta of an entry, but no time is in it")]
    public async Task Entry_WithMetaThatHoldfastDoesNotWrite_IsReportedAsDamaged(string meta)
    {
        var thread = new ThreadWriter(ThreadKey.Of("a"));
        await thread.AppendAsync(Log, cancellationToken: Cancellation);
        await Server.SendAsync("DEL", "holdfast:{:a}:log");
        await Server.SendAsync("XADD", "holdfast:{:a}:log", "1-0", "m", meta, "b", "{}");

        (await Should.ThrowAsync<CorruptStateException>(async () => await Log.ReadTailAsync(thread.Key, 0, Cancellation))).Key.ShouldBe(thread.Key);
    }

    [Fact]
    public async Task Key_OfAnotherKind_IsReportedAsDamage()
    {
        await Server.SendAsync("SET", "holdfast:{:a}:head", "somebody else's");

        await Should.ThrowAsync<CorruptStateException>(async () => await new ThreadWriter(ThreadKey.Of("a")).AppendAsync(Log, cancellationToken: Cancellation));
        await Should.ThrowAsync<CorruptStateException>(async () => await Log.GetHeadAsync(ThreadKey.Of("a"), Cancellation));
    }

    [Fact]
    public async Task Connection_OfTheUsersOwnThatWasClosed_IsReported()
    {
        var connection = await SharedServers.ConnectAsync(Server.Address);
        await using var log = new RedisCommitLog(new() { Connection = connection });
        await log.GetHeadAsync(ThreadKey.Of("a"), Cancellation);
        await connection.CloseAsync();
        connection.Dispose();

        await Should.ThrowAsync<StoreUnavailableException>(async () => await log.GetHeadAsync(ThreadKey.Of("a"), Cancellation));
    }
}
