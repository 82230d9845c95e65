using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.Redis.Tests;

/// <summary>Clocks of processes differ from that of the server; a thread is not lost over it, and no commit is acknowledged that nobody can load.</summary>
public sealed class ClockTests : RedisLogTest
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    [Theory]
    [EachServer]
    public async Task Commit_ByAClockThatIsBehindByMoreThanTheLifetime_IsRefusedAndTheThreadStays(ServerKind kind)
    {
        var begun = TimeProvider.System.GetUtcNow();
        await using var right = await OpenStoreAsync(kind, TimeSpan.Zero);
        await using var behind = await OpenStoreAsync(kind, TimeSpan.FromDays(-3));
        await right.UpdateAsync("t", session => session.Variables.Set("n", 1), cancellationToken: Cancellation);

        foreach (var thread in (ThreadId[])["t", "new"])
        {
            var before = TimeProvider.System.GetUtcNow();
            var error = await Should.ThrowAsync<StateConfigurationException>(
                async () => await behind.UpdateAsync(thread, session => session.Variables.Set("n", 2), cancellationToken: Cancellation));

            error.Message.ShouldContain($"'{thread}'");
            error.Message.ShouldContain("Nothing was written");

            // Midnight may come meanwhile.
            foreach (var (days, clock) in new[] { (-3, "the clock of the process"), (0, "the clock of the server") })
            {
                new[] { before, begun, TimeProvider.System.GetUtcNow() }.ShouldContain(at => error.Message.Contains(at.AddDays(days).ToString("yyyy-MM-dd", null)), clock);
            }
        }

        (await right.LoadAsync("t", cancellationToken: Cancellation))!.Version.ShouldBe(1);
        (await right.LoadAsync("new", cancellationToken: Cancellation)).ShouldBeNull();
        (await right.ListPageAsync(new(), Cancellation)).Threads.ShouldHaveSingleItem();
        (await right.UpdateAsync("t", session => session.Variables.Set("n", 3), cancellationToken: Cancellation)).Version.ShouldBe(2);
    }

    [Theory]
    [EachServer]
    public async Task Commit_ByAClockThatIsBehindByLessThanTheLifetime_IsLoadedByOthers(ServerKind kind)
    {
        await using var right = await OpenStoreAsync(kind, TimeSpan.Zero);
        await using var behind = await OpenStoreAsync(kind, Lifetime * -0.5);

        await behind.UpdateAsync("t", session => session.Variables.Set("n", 1), cancellationToken: Cancellation);

        (await right.LoadAsync("t", cancellationToken: Cancellation))!.Version.ShouldBe(1);
    }

    [Theory]
    [EachServer]
    public async Task Commit_ByAClockThatIsBehindByLessThanADayMoreThanTheLifetime_StandsThoughItHasExpiredForOthers(ServerKind kind)
    {
        var log = await OpenAsync(kind);
        await using var behind = await OpenStoreAsync(kind, -(Lifetime + TimeSpan.FromHours(12)));

        await behind.UpdateAsync("t", session => session.Variables.Set("n", 1), cancellationToken: Cancellation);

        (await log.GetHeadAsync(ThreadKey.Of("t"), Cancellation)).ShouldNotBeNull().IsExpired(await log.GetServerTimeAsync(Cancellation)).ShouldBeTrue();
    }

    [Theory]
    [EachServer]
    public async Task ServerTime_IsThatOfTheServer(ServerKind kind)
    {
        ICommitLog log = await OpenAsync(kind);
        var raw = await OpenRawAsync(kind);
        var before = await TimeAsync();

        var time = await log.GetService<IServerClock>()!.GetServerTimeAsync(Cancellation);

        time.ShouldBeInRange(before, await TimeAsync());

        async Task<DateTimeOffset> TimeAsync()
        {
            var answer = (StackExchange.Redis.RedisValue[])(await raw.ExecuteAsync("TIME"))!;
            return DateTimeOffset.FromUnixTimeMilliseconds(((long)answer[0] * 1000) + ((long)answer[1] / 1000));
        }
    }

    [Theory]
    [EachServer]
    public async Task Commit_ByAClockThatIsAhead_IsLoadedByOthers(ServerKind kind)
    {
        await using var right = await OpenStoreAsync(kind, TimeSpan.Zero);
        await using var ahead = await OpenStoreAsync(kind, TimeSpan.FromDays(3));

        await ahead.UpdateAsync("t", session => session.Variables.Set("n", 1), cancellationToken: Cancellation);
        (await right.LoadAsync("t", cancellationToken: Cancellation))!.Version.ShouldBe(1);
        await right.UpdateAsync("t", session => session.Variables.Set("n", 2), cancellationToken: Cancellation);

        (await right.LoadAsync("t", cancellationToken: Cancellation))!.Version.ShouldBe(2);
    }

    [Theory]
    [EachServer]
    public async Task Extend_ByAClockThatIsBehindByMore_IsRefusedAndTheThreadStays(ServerKind kind)
    {
        await using var right = await OpenStoreAsync(kind, TimeSpan.Zero);
        await using var behind = await OpenStoreAsync(kind, TimeSpan.FromDays(-3));
        await right.UpdateAsync("t", session => session.Variables.Set("n", 1), cancellationToken: Cancellation);

        var error = await Should.ThrowAsync<StateConfigurationException>(async () => await behind.Thread("t").ExtendAsync(Lifetime, Cancellation));

        error.Message.ShouldContain("Nothing was changed");
        (await right.LoadAsync("t", cancellationToken: Cancellation))!.Version.ShouldBe(1);
    }

    private async Task<AgentStateStore> OpenStoreAsync(ServerKind kind, TimeSpan skew)
        => new(await OpenAsync(kind), new()
        {
            TimeProvider = new FakeTimeProvider(TimeProvider.System.GetUtcNow() + skew),
            Expiry = ExpiryPolicy.After(Lifetime),
        });
}
