using Holdfast.Logs;
using Holdfast.Postgres.Connecting;
using Holdfast.Servers;
using Holdfast.Testing.Shared;
using Microsoft.Extensions.AI;

namespace Holdfast.Postgres.Tests;

/// <summary>Commits of other processes are told by notifications, as long as somebody listens; without them, watches look for themselves.</summary>
public sealed class HintTests
{
    private static readonly TimeSpan Seldom = TimeSpan.FromHours(1);

    [Fact]
    public async Task CommitOfAnotherLog_WakesAWatchThatSeldomLooks()
    {
        var options = await SharedServer.NewSchemaAsync();
        await using var writer = new AgentStateStore(await PostgresCommitLog.OpenAsync(options));
        await using var reader = new AgentStateStore(await PostgresCommitLog.OpenAsync(options));
        await SayAsync(writer);
        await using var watch = await WatchLiveAsync(reader, options);

        await SayAsync(writer);

        ((ThreadCommitted)await watch.NextAsync()).Commit.Version.ShouldBe(2);
    }

    [Fact]
    public async Task CommitOfALogThatIsDisposedOfAtOnce_WakesAWatchThatSeldomLooks()
    {
        var options = await SharedServer.NewSchemaAsync();
        await using var reader = new AgentStateStore(await PostgresCommitLog.OpenAsync(options));
        await SayAsync(reader);
        await using var watch = await WatchLiveAsync(reader, options);

        // As a process that does one thing and ends. What a busy server takes a second for is not told.
        for (var (attempt, isTold) = (1, false); !isTold; attempt++)
        {
            attempt.ShouldBeLessThanOrEqualTo(5, "nobody was told of five commits");
            await using (var writer = new AgentStateStore(await PostgresCommitLog.OpenAsync(options)))
            {
                await SayAsync(writer);
            }

            isTold = await watch.ComesWithinAsync(TimeSpan.FromSeconds(20));
        }

        ((ThreadCommitted)await watch.NextAsync()).Commit.Version.ShouldBe(2);
    }

    [Fact]
    public async Task ListeningConnectionThatIsKilled_IsMadeAgain_AndWhatWasMissedIsTold()
    {
        var options = await SharedServer.NewSchemaAsync();
        await using var writer = new AgentStateStore(await PostgresCommitLog.OpenAsync(options));
        await using var reader = new AgentStateStore(await PostgresCommitLog.OpenAsync(options));
        await SayAsync(writer);
        await using var watch = await WatchLiveAsync(reader, options);

        // All that listen on the server; those of other tests listen again, too.
        await SharedServer.RunAsync("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE '%pg_advisory_lock_shared%' AND pid <> pg_backend_pid()");
        await SayAsync(writer);
        ((ThreadCommitted)await watch.NextAsync()).Commit.Version.ShouldBe(2);

        // Listening again.
        watch.Begin();
        await UntilHeardAsync(options);
        await SayAsync(writer);
        ((ThreadCommitted)await watch.NextAsync()).Commit.Version.ShouldBe(3);
    }

    [Fact]
    public async Task BehindAPooler_NothingIsHeard_AndTheWatchLooksForItself()
    {
        var options = await SharedServer.NewSchemaAsync();
        options.ConnectionString = (await SharedServer.GetAsync()).ConnectionString((await SharedServer.GetPoolerAsync()).Port, "postgres", "");
        var listener = new Listener();
        await using var log = await PostgresCommitLog.OpenAsync(options);
        await using var store = new AgentStateStore(log);
        using var listening = log.Listen(listener);
        await using var watch = new Told<ThreadEvent>(store.Thread("t").WatchAsync(new WatchOptions { PollInterval = TimeSpan.FromMilliseconds(50) }));
        watch.Begin();
        await using var writer = new AgentStateStore(await PostgresCommitLog.OpenAsync(options));
        await SayAsync(writer);

        ((ThreadCommitted)await watch.NextAsync()).Commit.Version.ShouldBe(1);
        listening.IsLive.ShouldBeFalse();
        listener.Count.ShouldBe(0);
    }

    [Fact]
    public async Task AWayAroundThePooler_IsListenedOn()
    {
        var options = await SharedServer.NewSchemaAsync();
        var server = await SharedServer.GetAsync();
        options.ListenConnectionString = server.ConnectionString();
        options.ConnectionString = server.ConnectionString((await SharedServer.GetPoolerAsync()).Port, "postgres", "");
        await using var writer = new AgentStateStore(await PostgresCommitLog.OpenAsync(options));
        await using var reader = new AgentStateStore(await PostgresCommitLog.OpenAsync(options));
        await SayAsync(writer);
        await using var watch = await WatchLiveAsync(reader, options);

        await SayAsync(writer);

        ((ThreadCommitted)await watch.NextAsync()).Commit.Version.ShouldBe(2);
    }

    [Fact]
    public async Task WhileNobodyListens_NothingIsNotified()
    {
        var options = await SharedServer.NewSchemaAsync();
        await using var log = await PostgresCommitLog.OpenAsync(options);
        await using var database = new Database(options);
        var channel = new HintChannel(database);

        (await channel.SendAsync("*", CancellationToken.None)).ShouldBeFalse();

        using var listening = log.Listen(new Listener());
        await Patience.UntilAsync("it listens", () => Task.FromResult(listening.IsLive));
        (await channel.SendAsync("*", CancellationToken.None)).ShouldBeTrue();
    }

    // A watch that looks but once an hour, and is told of others.
    private static async Task<Told<ThreadEvent>> WatchLiveAsync(AgentStateStore reader, PostgresLogOptions options)
    {
        var position = (await reader.Thread("t").GetInfoAsync())!.Position;
        var watch = new Told<ThreadEvent>(reader.Thread("t").WatchAsync(new WatchOptions { After = position, PollInterval = Seldom }));
        watch.Begin();
        await UntilHeardAsync(options);
        return watch;
    }

    // Whether somebody listens is known from what is sent.
    private static async Task UntilHeardAsync(PostgresLogOptions options)
    {
        await using var database = new Database(options);
        var channel = new HintChannel(database);
        await Patience.UntilAsync("somebody listens", async () => await channel.SendAsync(HintText.Write([new(1)]), CancellationToken.None));
    }

    private static async Task SayAsync(AgentStateStore store) => await store.UpdateAsync("t", session => session.History.Add(ChatRole.User, "x"));

    private sealed class Listener : IHintListener
    {
        private int _count;

        public int Count => _count;

        public void Hear(CommitHint hint) => Interlocked.Increment(ref _count);
    }
}
