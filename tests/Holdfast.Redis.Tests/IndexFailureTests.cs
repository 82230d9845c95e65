using Holdfast.Logs;
using StackExchange.Redis;

namespace Holdfast.Redis.Tests;

/// <summary>An index that cannot be written makes no commit fail, and is told of until it is healed.</summary>
public sealed class IndexFailureTests : RedisLogTest
{
    public static IEnumerable<TheoryDataRow<ServerKind, string>> Cases()
        => from kind in Enum.GetValues<ServerKind>()
           from set in (string[])["threads", "ids", "updated", "expires", "term:s:thinking", "tenants"]
           select new TheoryDataRow<ServerKind, string>(kind, set);

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Commit_WhoseIndexCannotBeWritten_StandsAndIsToldOf(ServerKind kind, string set)
    {
        var (log, raw) = (await OpenAsync(kind), await OpenRawAsync(kind));
        await using var store = new AgentStateStore(log);
        await store.UpdateAsync("t", session => session.Variables.Set("n", 1), cancellationToken: Cancellation);
        await store.Thread("t").ExtendAsync(TimeSpan.FromDays(1), Cancellation);
        var name = set == "tenants" ? Keys.Tenants(ThreadSpace.Threads) : IndexKey(set);
        if (set == "tenants")
        {
            // They are written when a tenant gets its first thread.
            await store.Thread("t").EraseAsync(cancellationToken: Cancellation);
        }

        await raw.KeyDeleteAsync(name);
        await raw.StringSetAsync(name, "somebody else's");

        var before = (await store.LoadAsync("t", cancellationToken: Cancellation))?.Version ?? 0;
        (await store.UpdateAsync("t", Change, cancellationToken: Cancellation)).Version.ShouldBe(before + 1);
        (await store.LoadAsync("t", cancellationToken: Cancellation))!.Version.ShouldBe(before + 1);
        var session = await store.OpenAsync("t", cancellationToken: Cancellation);
        Change(session);
        (await session.CommitAsync(cancellationToken: Cancellation)).Version.ShouldBe(before + 2);
        (await store.Thread("t").ExtendAsync(TimeSpan.FromDays(2), Cancellation)).ShouldBeTrue();

        (await log.GetWarningsAsync(Cancellation)).ShouldContain(warning => warning.Contains((string)name!, StringComparison.Ordinal) && warning.Contains("RepairIndexAsync", StringComparison.Ordinal));
        (await log.RepairIndexAsync(Cancellation)).Threads.ShouldBe(1);
        (await log.GetWarningsAsync(Cancellation)).ShouldBeEmpty();
        (await ListAsync(log, new() { Status = ThreadStatus.Thinking })).ShouldBe(["t"]);
        (await ListAsync(log, new() { Order = ThreadOrder.Id }, tenant: null)).ShouldBe(["t"]);
        (await store.Thread("t").EraseAsync(cancellationToken: Cancellation)).ShouldBeTrue();
        (await ListAsync(log, tenant: null)).ShouldBeEmpty();

        static void Change(ThreadSession session)
        {
            session.Variables.Set("n", session.Version);
            session.Status = ThreadStatus.Thinking;
        }
    }

    [Theory]
    [EachServer]
    public async Task Erase_WhoseIndexCannotBeWritten_RemovesTheThread(ServerKind kind)
    {
        var (log, raw) = (await OpenAsync(kind), await OpenRawAsync(kind));
        await Thread("a").AppendAsync(log, cancellationToken: Cancellation);
        await raw.KeyDeleteAsync(Keys.Index(Default));
        await raw.StringSetAsync(Keys.Index(Default), "somebody else's");

        (await log.EraseAsync(ThreadKey.Of("a"), null, Cancellation)).ShouldBeTrue();

        (await raw.KeyExistsAsync(Keys.Head(ThreadKey.Of("a")))).ShouldBeFalse();
        (await log.RepairIndexAsync(Cancellation)).Threads.ShouldBe(0);
        (await ListAsync(log)).ShouldBeEmpty();
    }
}
