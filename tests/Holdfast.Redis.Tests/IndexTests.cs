using Holdfast.Logs;
using Holdfast.Redis.Connecting;
using Holdfast.Redis.Indexing;
using Holdfast.Redis.Reading;
using Holdfast.Redis.Writing;
using Holdfast.Testing;
using StackExchange.Redis;

namespace Holdfast.Redis.Tests;

/// <summary>The index may have candidates too many, and then it comes right again.</summary>
public sealed class IndexTests : RedisLogTest
{
    [Fact]
    public async Task NewThread_OfAProcessThatDiesAfterTheCommit_IsListed()
    {
        var (log, thread) = (await OpenAsync(ServerKind.Cluster), Thread("a"));
        var request = thread.Next(new() { Head = head => head with { UserId = "ann", Terms = ["red"], DueAt = DateTimeOffset.UnixEpoch } });

        await TouchAsync(request);
        await AppendAloneAsync(request);

        (await ListAsync(log)).ShouldBe(["a"]);
        (await ListAsync(log, new() { UserId = "ann", Order = ThreadOrder.Id })).ShouldBe(["a"]);
        (await ListAsync(log, tenant: null)).ShouldBe(["a"]);
        var due = new HeadQuery { Space = ThreadSpace.Threads, AsOf = default, DueBefore = DateTimeOffset.UnixEpoch.AddDays(1), Terms = ["red"] };
        (await log.ListAsync(due, Cancellation)).Heads.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task NewThread_OfAProcessThatDiesBeforeTheCommit_IsACandidateForADay()
    {
        var (log, raw, thread) = (await OpenAsync(ServerKind.Cluster), await OpenRawAsync(ServerKind.Cluster), Thread("a"));
        await TouchAsync(thread.Next(new() { Head = head => head with { UserId = "ann" } }));

        (await ListAsync(log, new() { UserId = "ann" })).ShouldBeEmpty();
        await log.RepairIndexAsync(Cancellation);
        (await raw.SortedSetScoreAsync(IndexKey("term:u:ann"), "a")).ShouldNotBeNull("the commit may be about to be made");

        await AgeAsync(raw, "a");
        (await ListAsync(log, new() { UserId = "ann" })).ShouldBeEmpty();
        (await raw.SortedSetScoreAsync(IndexKey("term:u:ann"), "a")).ShouldBeNull();
        (await raw.HashExistsAsync(Keys.Index(Default), "a")).ShouldBeFalse();
    }

    [Fact]
    public async Task ChangedThread_OfAProcessThatDiesAfterTheCommit_IsListedByWhatItIsAndNotByWhatItWas()
    {
        var (log, raw, thread) = (await OpenAsync(ServerKind.Cluster), await OpenRawAsync(ServerKind.Cluster), Thread("a"));
        await thread.AppendAsync(log, new() { Head = head => head with { UserId = "ann", Status = ThreadStatus.Thinking, DueAt = DateTimeOffset.UnixEpoch.AddDays(1) } }, Cancellation);
        var request = thread.Next(new() { Head = head => head with { UserId = "bob", Status = ThreadStatus.Idle, DueAt = DateTimeOffset.UnixEpoch.AddDays(9) } });

        await TouchAsync(request);
        await AppendAloneAsync(request);

        (await ListAsync(log, new() { UserId = "bob", Status = ThreadStatus.Idle })).ShouldBe(["a"]);
        (await raw.SortedSetScoreAsync(IndexKey("term:u:ann"), "a")).ShouldNotBeNull("nobody has met it there");
        (await ListAsync(log, new() { UserId = "ann" })).ShouldBeEmpty();
        (await raw.SortedSetScoreAsync(IndexKey("term:u:ann"), "a")).ShouldBeNull("the listing took it out");
        (await raw.SortedSetScoreAsync(IndexKey("due"), "a")).ShouldBe(TimeSpan.FromDays(9).TotalMilliseconds);
    }

    [Fact]
    public async Task ChangedThread_OfAProcessThatDiesBeforeTheCommit_IsACandidateUntilThatVersionHasCome()
    {
        var (log, raw, thread) = (await OpenAsync(ServerKind.Cluster), await OpenRawAsync(ServerKind.Cluster), Thread("a"));
        await thread.AppendAsync(log, new() { Head = head => head with { UserId = "ann" } }, Cancellation);
        await TouchAsync(thread.Next(new() { Head = head => head with { UserId = "bob" } }));

        (await ListAsync(log, new() { UserId = "bob" })).ShouldBeEmpty();
        (await ListAsync(log, new() { UserId = "ann" })).ShouldBe(["a"]);
        (await raw.SortedSetScoreAsync(IndexKey("term:u:bob"), "a")).ShouldNotBeNull("the commit may be about to be made");

        await thread.AppendAsync(log, cancellationToken: Cancellation);
        await UntilAsync(async () => (await ListAsync(log, new() { UserId = "bob" })).Count == 0 && await raw.SortedSetScoreAsync(IndexKey("term:u:bob"), "a") is null);
        (await ListAsync(log, new() { UserId = "ann" })).ShouldBe(["a"]);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Thread_OfAProcessThatDiesAroundADeletionOrItsUndoing_IsListedAsItIs(bool isDeleted, bool isCommitted)
    {
        var (log, thread) = (await OpenAsync(ServerKind.Cluster), Thread("a"));
        DateTimeOffset? before = isDeleted ? DateTimeOffset.UnixEpoch : null;
        DateTimeOffset? after = isDeleted ? null : DateTimeOffset.UnixEpoch;
        await thread.AppendAsync(log, cancellationToken: Cancellation);
        await thread.AppendAsync(log, new() { Head = head => head with { DeletedAt = before } }, Cancellation);
        var request = thread.Next(new() { Head = head => head with { DeletedAt = after } });

        await TouchAsync(request);
        if (isCommitted)
        {
            await AppendAloneAsync(request);
        }

        (await ListAsync(log)).ShouldBe(isDeleted == isCommitted ? ["a"] : []);
        (await ListAsync(log, new() { Deleted = DeletedFilter.Only })).ShouldBe(isDeleted == isCommitted ? [] : ["a"]);
    }

    [Fact]
    public async Task Commit_ThatIsRepeatedAfterItsProcessDied_SetsTheIndexRight()
    {
        var (log, raw, thread) = (await OpenAsync(ServerKind.Cluster), await OpenRawAsync(ServerKind.Cluster), Thread("a"));
        await thread.AppendAsync(log, new() { Head = head => head with { UserId = "ann" } }, Cancellation);
        var request = thread.Next(new() { Head = head => head with { UserId = "bob" } });
        await TouchAsync(request);
        await AppendAloneAsync(request);

        (await log.AppendAsync(request, Cancellation)).ShouldBe(AppendResult.Duplicate(2));

        (await raw.SortedSetScoreAsync(IndexKey("term:u:ann"), "a")).ShouldBeNull();
        (await ListAsync(log, new() { UserId = "bob" })).ShouldBe(["a"]);
    }

    [Fact]
    public async Task Expiry_OfAProcessThatDiesAfterSettingIt_IsFound()
    {
        var (log, thread) = (await OpenAsync(ServerKind.Cluster), Thread("a"));
        var expiry = new DateTimeOffset(2190, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await thread.AppendAsync(log, new() { Head = head => head with { ExpiresAt = expiry.AddYears(1) } }, Cancellation);
        var connection = await OpenConnectionAsync(ServerKind.Cluster);
        using var call = await connection.EnterAsync(Cancellation);

        await new ThreadIndex(Keys, new(Keys)).TouchExpiryAsync(call, thread.Key, expiry.ToUnixTimeMilliseconds());
        await call.RunAsync(
            RedisScripts.Update, Keys.Whole(thread.Key), ["a", "", "", "", "1", "0", $"s{expiry.ToUnixTimeMilliseconds()}", 0, 0, 0], Access.Write, Cancellation);

        (await ListAsync(log, expired: ExpiredFilter.Only, asOf: expiry)).ShouldBe(["a"]);
    }

    [Theory]
    [EachServer]
    public async Task Index_WithTheWrongTimeOfAThread_StillListsItInItsTruePlace(ServerKind kind)
    {
        var (log, raw) = (await OpenAsync(kind), await OpenRawAsync(kind));
        var threads = Enumerable.Range(0, 9).Select(i => Thread($"{i}")).ToList();
        foreach (var (i, thread) in threads.Index())
        {
            await thread.AppendAsync(log, new() { At = DateTimeOffset.UnixEpoch.AddDays(9 - i) }, Cancellation);
        }

        // One is taken for older than it is and one for newer, so that each stands on another page.
        foreach (var (id, day) in ((string, int)[])[("1", 0), ("7", 100)])
        {
            await raw.SortedSetAddAsync(IndexKey("updated"), id, -DateTimeOffset.UnixEpoch.AddDays(day).ToUnixTimeMilliseconds());
        }

        var first = await ListAsync(log, new() { PageSize = 3 });
        first.Order(StringComparer.Ordinal).ShouldBeUnique();
        first.Where(id => id != "1").ShouldBe(["0", "2", "3", "4", "5", "6", "7", "8"], "none but the one that stood too low is out of place");
        (await ListAsync(log, new() { PageSize = 3 })).ShouldBe(["0", "1", "2", "3", "4", "5", "6", "7", "8"], "the first listing set the index right");
    }

    [Theory]
    [EachServer]
    public async Task Index_ThatIsLost_IsBuiltAnew(ServerKind kind)
    {
        var (log, raw) = (await OpenAsync(kind), await OpenRawAsync(kind));
        var threads = new List<ThreadWriter>();
        foreach (var (tenant, id) in from tenant in (string[])["", "{t}", "a:b"] from id in (string[])["x", "{y}", "🦑", "a%7Bb"] select (tenant, id))
        {
            var thread = Thread(id, tenant);
            await thread.AppendAsync(log, new() { Head = head => head with { UserId = "ann" } }, Cancellation);
            threads.Add(thread);
        }

        await DeleteIndexAsync(raw, kind);
        (await ListAsync(log, tenant: null)).ShouldBeEmpty();

        (await log.RepairIndexAsync(Cancellation)).ShouldBe(new(threads.Count, 0));

        foreach (var tenant in threads.Select(thread => thread.Key.Tenant).Distinct())
        {
            var expected = threads.Where(thread => thread.Key.Tenant == tenant).Select(thread => thread.Key.Id.Value);
            (await ListAsync(log, new() { UserId = "ann" }, tenant)).ShouldBe(expected, ignoreOrder: true);
        }

        (await ListAsync(log, new() { Order = ThreadOrder.Id, PageSize = 2 }, tenant: null)).Count.ShouldBe(threads.Count);
        (await log.RepairIndexAsync(Cancellation)).ShouldBe(new(threads.Count, 0), "repeating it changes nothing");
    }

    [Theory]
    [EachServer]
    public async Task Index_ThatIsLost_HasAThreadAgainAfterItsNextCommit(ServerKind kind)
    {
        var (log, raw, thread) = (await OpenAsync(kind), await OpenRawAsync(kind), Thread("a"));
        await thread.AppendAsync(log, new() { Head = head => head with { UserId = "ann" } }, Cancellation);
        await DeleteIndexAsync(raw, kind);

        await thread.AppendAsync(log, cancellationToken: Cancellation);

        (await ListAsync(log, new() { UserId = "ann" }, tenant: null)).ShouldBe(["a"]);
    }

    [Theory]
    [EachServer]
    public async Task Repair_WithThreadsThatAreGone_RemovesThemFromTheIndex(ServerKind kind)
    {
        var (log, raw) = (await OpenAsync(kind), await OpenRawAsync(kind));
        foreach (var (tenant, id) in ((string, string)[])[("", "living"), ("", "gone"), ("empty", "gone")])
        {
            await Thread(id, tenant).AppendAsync(log, cancellationToken: Cancellation);
        }

        foreach (var gone in (ThreadKey[])[ThreadKey.Of("gone"), ThreadKey.Of("empty", "gone")])
        {
            await raw.KeyDeleteAsync(Keys.Head(gone));
            await raw.KeyDeleteAsync(Keys.Log(gone));
            await AgeAsync(raw, "gone", gone.Tenant);
        }

        (await log.RepairIndexAsync(Cancellation)).ShouldBe(new(1, 2));

        (await raw.SortedSetScoreAsync(IndexKey("ids"), "gone")).ShouldBeNull();
        (await raw.SortedSetRangeByRankAsync(Keys.Tenants(ThreadSpace.Threads))).ShouldBe([""]);
    }

    [Theory]
    [EachServer]
    public async Task Repair_NeverAsksForAllKeysAtOnce(ServerKind kind)
    {
        var log = await OpenAsync(kind);
        await Thread("a").AppendAsync(log, cancellationToken: Cancellation);
        var servers = kind == ServerKind.Cluster ? (await SharedServers.Cluster).Masters : [await SharedServers.Server];

        await log.RepairIndexAsync(Cancellation);

        foreach (var server in servers)
        {
            var commands = await server.SendAsync("INFO", "commandstats");
            commands.ShouldContain("cmdstat_scan:");
            commands.ShouldNotContain("cmdstat_keys:");
        }
    }

    [Fact]
    public async Task Write_ThatComesLate_UndoesNothingOfAThreadBegunAnew()
    {
        var (log, old, anew) = (await OpenAsync(ServerKind.Cluster), Thread("a"), Thread("a"));
        await old.AppendAsync(log, new() { Head = head => head with { UserId = "old" } }, Cancellation);
        await log.EraseAsync(old.Key, null, Cancellation);
        await anew.AppendAsync(log, new() { Head = head => head with { UserId = "new" } }, Cancellation);
        var connection = await OpenConnectionAsync(ServerKind.Cluster);
        using var call = await connection.EnterAsync(Cancellation);
        var index = new ThreadIndex(Keys, new(Keys));

        await index.PutAsync(call, IndexEntry.Of(old.Head!), "", "");
        await index.ForgetAsync(call, old.Key, old.Head!.Life.ToByteArray());

        (await ListAsync(log, new() { UserId = "new" })).ShouldBe(["a"]);
        (await ListAsync(log, new() { UserId = "old" })).ShouldBeEmpty();
    }

    [Fact]
    public async Task Write_ThatComesLate_UndoesNothingOfALaterVersion()
    {
        var (log, thread) = (await OpenAsync(ServerKind.Cluster), Thread("a"));
        await thread.AppendAsync(log, new() { Head = head => head with { UserId = "one" } }, Cancellation);
        var first = thread.Head!;
        await thread.AppendAsync(log, new() { Head = head => head with { UserId = "two" } }, Cancellation);
        var connection = await OpenConnectionAsync(ServerKind.Cluster);
        using var call = await connection.EnterAsync(Cancellation);

        await new ThreadIndex(Keys, new(Keys)).PutAsync(call, IndexEntry.Of(first), "", "");

        (await ListAsync(log, new() { UserId = "two" })).ShouldBe(["a"]);
    }

    [Fact]
    public async Task Write_ThatComesAfterTheErase_LeavesNothingThatIsListed()
    {
        var (log, thread) = (await OpenAsync(ServerKind.Cluster), Thread("a"));
        await thread.AppendAsync(log, cancellationToken: Cancellation);
        await log.EraseAsync(thread.Key, null, Cancellation);
        var connection = await OpenConnectionAsync(ServerKind.Cluster);
        using var call = await connection.EnterAsync(Cancellation);

        await new ThreadIndex(Keys, new(Keys)).PutAsync(call, IndexEntry.Of(thread.Head!), "", "");

        (await ListAsync(log)).ShouldBeEmpty();
        (await (await OpenRawAsync(ServerKind.Cluster)).HashLengthAsync(Keys.Index(Default))).ShouldBe(0, "the listing removed it");
    }

    [Theory]
    [EachServer]
    public async Task Append_ThatConflicts_HidesAndMovesNothing(ServerKind kind)
    {
        var (log, thread, other) = (await OpenAsync(kind), Thread("a"), Thread("b"));
        await thread.AppendAsync(log, new() { Head = head => head with { UserId = "ann" } }, Cancellation);
        var stale = thread.Copy();
        await thread.AppendAsync(log, cancellationToken: Cancellation);
        await other.AppendAsync(log, new() { At = thread.Head!.UpdatedAt.AddSeconds(1) }, Cancellation);

        foreach (var (user, at) in ((string, DateTimeOffset)[])[("ann", thread.Head.UpdatedAt.AddYears(1)), ("bob", thread.Head.UpdatedAt.AddYears(2)), ("ann", DateTimeOffset.UnixEpoch)])
        {
            var late = stale.Next(new() { At = at, Head = head => head with { UserId = user } });
            (await log.AppendAsync(late, Cancellation)).ShouldBe(AppendResult.Conflict(2));
            (await ListAsync(log, new() { PageSize = 1 })).ShouldBe(["b", "a"]);
            (await ListAsync(log, new() { UserId = "ann" })).ShouldBe(["a"]);
            (await ListAsync(log, new() { UserId = "bob" })).ShouldBeEmpty();
        }
    }

    /// <summary>Tells the index of a commit, as a process does before it makes it.</summary>
    private async Task TouchAsync(AppendRequest request)
    {
        var connection = await OpenConnectionAsync(ServerKind.Cluster);
        using var call = await connection.EnterAsync(Cancellation);
        await new ThreadIndex(Keys, new(Keys)).TouchAsync(call, IndexEntry.Of(request.Head));
    }

    /// <summary>Makes a commit, as a process does after it told the index.</summary>
    private async Task AppendAloneAsync(AppendRequest request)
    {
        var connection = await OpenConnectionAsync(ServerKind.Cluster);
        using var call = await connection.EnterAsync(Cancellation);
        var append = new PreparedAppend(request, Keys);
        var answer = new AppendAnswer(await call.RunAsync(RedisScripts.AppendAlone, append.Keys[..3], append.Arguments, Access.Write, Cancellation));
        answer.Read(append, connection.Where).Outcome.ShouldBe(AppendOutcome.Appended);
    }

    private async Task DeleteIndexAsync(IDatabase raw, ServerKind kind)
    {
        foreach (var server in kind == ServerKind.Cluster ? (await SharedServers.Cluster).Masters : [await SharedServers.Server])
        {
            foreach (var key in raw.Multiplexer.GetServer(server.Address).Keys(0, Prefix + "index:*"))
            {
                await raw.KeyDeleteAsync(key);
            }
        }
    }
}
