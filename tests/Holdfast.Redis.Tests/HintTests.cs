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

        for (var version = 2; version <= 4; version++)
        {
            // As a process that does one thing and ends.
            await using (var writer = new AgentStateStore(new RedisCommitLog(new() { Configuration = await SharedServers.ConfigurationAsync(kind), KeyPrefix = Prefix, CommandTimeout = SharedServers.Patience })))
            {
                await SayAsync(writer);
            }

            ((ThreadCommitted)await watch.NextAsync()).Commit.Version.ShouldBe(version);
            watch.Begin();
        }
    }

    private static async Task SayAsync(AgentStateStore store) => await store.UpdateAsync("t", session => session.History.Add(ChatRole.User, "x"));
}
