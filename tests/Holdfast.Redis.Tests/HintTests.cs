using Holdfast.Testing.Shared;
using Microsoft.Extensions.AI;

namespace Holdfast.Redis.Tests;

/// <summary>Other processes are told of commits.</summary>
public sealed class HintTests : RedisLogTest
{
    [Theory, EachServer]
    public async Task CommitOfALogThatIsDisposedOfAtOnce_WakesAWatchThatSeldomLooks(ServerKind kind)
    {
        var reader = new AgentStateStore(await OpenAsync(kind));
        await SayAsync(reader);
        var position = (await reader.Thread("t").GetInfoAsync())!.Position;
        await using var watch = new Told<ThreadEvent>(reader.Thread("t").WatchAsync(new WatchOptions { After = position, PollInterval = TimeSpan.FromHours(1) }, Cancellation));
        watch.Begin();

        // As a process that does one thing and ends. What a busy server takes a second for is not told.
        for (var (attempt, isTold) = (1, false); !isTold; attempt++)
        {
            attempt.ShouldBeLessThanOrEqualTo(5, "nobody was told of five commits");
            await using (var writer = new AgentStateStore(new RedisCommitLog(new() { Configuration = await SharedServers.ConfigurationAsync(kind), KeyPrefix = Prefix, CommandTimeout = SharedServers.Patience })))
            {
                await SayAsync(writer);
            }

            isTold = await watch.ComesWithinAsync(TimeSpan.FromSeconds(20));
        }

        ((ThreadCommitted)await watch.NextAsync()).Commit.Version.ShouldBe(2);
    }

    private static async Task SayAsync(AgentStateStore store) => await store.UpdateAsync("t", session => session.History.Add(ChatRole.User, "x"));
}
