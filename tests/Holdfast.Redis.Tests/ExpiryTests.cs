using Holdfast.Logs;
using StackExchange.Redis;

namespace Holdfast.Redis.Tests;

/// <summary>Redis itself removes what has been expired for a day, all of a thread at once, unless it is pinned.</summary>
public sealed class ExpiryTests : RedisLogTest
{
    private static readonly TimeSpan Grace = TimeSpan.FromDays(1);
    private static readonly DateTimeOffset Far = new(2190, 1, 1, 0, 0, 0, 5, TimeSpan.Zero);

    [Theory]
    [EachServer]
    public async Task Keys_OfAThread_ExpireTogetherWheneverTheExpiryChanges(ServerKind kind)
    {
        var (log, raw, thread) = (await OpenAsync(kind), await OpenRawAsync(kind), Thread("a"));
        await thread.AppendAsync(log, new() { Head = head => head with { ExpiresAt = Far } }, Cancellation);
        await ExpectExpiryAsync(raw, thread.Key, Far);

        await thread.AppendAsync(log, new() { IsKeyframe = true, Head = head => head with { ExpiresAt = Far.AddDays(1) } }, Cancellation);
        await ExpectExpiryAsync(raw, thread.Key, Far.AddDays(1));

        await log.SetExpiryAsync(thread.Key, Far.AddDays(2), Cancellation);
        await ExpectExpiryAsync(raw, thread.Key, Far.AddDays(2));

        await thread.AppendAsync(log, new() { KeepExpiry = true }, Cancellation);
        await ExpectExpiryAsync(raw, thread.Key, Far.AddDays(2));

        await log.RewriteAsync(thread.Key, new Dictionary<long, ReadOnlyMemory<byte>> { [1] = "{}"u8.ToArray() }, 0, Cancellation);
        await ExpectExpiryAsync(raw, thread.Key, Far.AddDays(2));

        await thread.AppendAsync(log, new() { Head = head => head with { ExpiresAt = null } }, Cancellation);
        await ExpectExpiryAsync(raw, thread.Key, null);

        await log.RewriteAsync(thread.Key, new Dictionary<long, ReadOnlyMemory<byte>> { [1] = "[]"u8.ToArray() }, 0, Cancellation);
        await ExpectExpiryAsync(raw, thread.Key, null);
    }

    [Theory]
    [EachServer]
    public async Task Keys_OfAThreadThatIsPinned_DoNotExpireUntilItsLastPinIsRemoved(ServerKind kind)
    {
        var (log, raw, thread) = (await OpenAsync(kind), await OpenRawAsync(kind), Thread("a"));
        await thread.AppendAsync(log, new() { Head = head => head with { ExpiresAt = Far } }, Cancellation);
        var pins = Enumerable.Range(1, 2).Select(i => new Pin { Life = CommitId.New(TimeProvider.System), Key = ThreadKey.Of($"fork-{i}"), From = 1, To = i }).ToList();

        await log.UpdateHeadAsync(new() { Key = thread.Key, AddPins = pins }, Cancellation);
        await ExpectExpiryAsync(raw, thread.Key, null);

        await thread.AppendAsync(log, new() { IsKeyframe = true, Head = head => head with { ExpiresAt = Far.AddDays(1) } }, Cancellation);
        await log.SetExpiryAsync(thread.Key, Far.AddDays(2), Cancellation);
        await log.RewriteAsync(thread.Key, new Dictionary<long, ReadOnlyMemory<byte>> { [1] = "{}"u8.ToArray() }, 0, Cancellation);
        await log.UpdateHeadAsync(new() { Key = thread.Key, RemovePins = [pins[0].Life] }, Cancellation);
        await ExpectExpiryAsync(raw, thread.Key, null);

        await log.UpdateHeadAsync(new() { Key = thread.Key, RemovePins = [pins[1].Life] }, Cancellation);
        await ExpectExpiryAsync(raw, thread.Key, Far.AddDays(2));
        (await raw.KeyExistsAsync(Keys.Pins(thread.Key))).ShouldBeFalse();
    }

    [Theory]
    [EachServer]
    public async Task Thread_ThatIsPinned_OutlivesAnExpiryOfLongAgo(ServerKind kind)
    {
        var (log, thread) = (await OpenAsync(kind), Thread("a"));
        await thread.AppendAsync(log, cancellationToken: Cancellation);
        var pin = new Pin { Life = CommitId.New(TimeProvider.System), Key = ThreadKey.Of("fork"), From = 1, To = 1 };
        await log.UpdateHeadAsync(new() { Key = thread.Key, AddPins = [pin] }, Cancellation);

        await thread.AppendAsync(log, new() { Head = head => head with { ExpiresAt = DateTimeOffset.UnixEpoch } }, Cancellation);

        (await log.GetHeadAsync(thread.Key, Cancellation)).ShouldNotBeNull().ExpiresAt.ShouldBe(DateTimeOffset.UnixEpoch);
        (await log.UpdateHeadAsync(new() { Key = thread.Key, RemovePins = [pin.Life] }, Cancellation)).ShouldNotBeNull().PinCount.ShouldBe(0);
        (await log.GetHeadAsync(thread.Key, Cancellation)).ShouldBeNull("nothing keeps it any more");
    }

    [Theory]
    [EachServer]
    public async Task Thread_ThatHasExpired_IsGoneAndNeitherListedNorKeptInTheIndex(ServerKind kind)
    {
        var (log, raw, thread) = (await OpenAsync(kind), await OpenRawAsync(kind), Thread("doomed"));
        await Thread("living").AppendAsync(log, cancellationToken: Cancellation);
        await thread.AppendAsync(log, new() { Head = head => head with { UserId = "ann", ExpiresAt = Far } }, Cancellation);
        await ExpireAsync(log, thread.Key);
        await AgeAsync(raw, "doomed");

        (await raw.KeyExistsAsync(Keys.Log(thread.Key))).ShouldBeFalse("the entries expire with the head");
        (await log.ReadTailAsync(thread.Key, 0, Cancellation)).ShouldBeNull();
        (await ListAsync(log, new() { Order = ThreadOrder.Id })).ShouldBe(["living"]);
        (await ListAsync(log, new() { UserId = "ann" })).ShouldBeEmpty();

        foreach (var set in (string[])["ids", "updated", "expires", "term:u:ann", "term:s:idle"])
        {
            (await raw.SortedSetScoreAsync(IndexKey(set), "doomed")).ShouldBeNull($"the listing removes what is gone from {set}");
        }

        (await raw.HashExistsAsync(IndexKey("threads"), "doomed")).ShouldBeFalse();
    }

    [Theory]
    [EachServer]
    public async Task Thread_BegunAnewAfterItExpired_IsListedAsTheNewOne(ServerKind kind)
    {
        var (log, old, anew) = (await OpenAsync(kind), Thread("a"), Thread("a"));
        await old.AppendAsync(log, new() { Head = head => head with { UserId = "old" } }, Cancellation);
        await old.AppendAsync(log, cancellationToken: Cancellation);
        await ExpireAsync(log, old.Key);

        await anew.AppendAsync(log, new() { Head = head => head with { UserId = "new" } }, Cancellation);

        (await ListAsync(log, new() { UserId = "new" })).ShouldBe(["a"]);
        (await ListAsync(log, new() { UserId = "old" })).ShouldBeEmpty();
        (await ListAsync(log)).ShouldBe(["a"]);
    }

    [Theory]
    [EachServer]
    public async Task List_OfExpiredThreads_FindsThoseWhoseExpiryWasPutOff(ServerKind kind)
    {
        var (log, thread) = (await OpenAsync(kind), Thread("a"));
        for (var day = 0; day < 5; day++)
        {
            var expiry = Far.AddDays(day);
            await thread.AppendAsync(log, new() { Head = head => head with { ExpiresAt = expiry } }, Cancellation);
            (await ListAsync(log, expired: ExpiredFilter.Only, asOf: expiry)).ShouldBe(["a"]);
            (await ListAsync(log, expired: ExpiredFilter.Only, asOf: expiry.AddMilliseconds(-1))).ShouldBeEmpty();
        }
    }

    [Theory]
    [EachServer]
    public async Task Append_WithAnExpiryThatIsPast_LeavesNothingThatIsServedOrListed(ServerKind kind)
    {
        var (log, raw, thread) = (await OpenAsync(kind), await OpenRawAsync(kind), Thread("a"));
        foreach (var past in (DateTimeOffset[])[DateTimeOffset.UnixEpoch, DateTimeOffset.MinValue, new(2001, 1, 1, 0, 0, 0, TimeSpan.Zero)])
        {
            (await log.AppendAsync(Thread("new").Next(new() { Head = head => head with { ExpiresAt = past } }), Cancellation)).ShouldBe(AppendResult.Appended(1));
            var doomed = Thread("old");
            await doomed.AppendAsync(log, cancellationToken: Cancellation);
            (await log.AppendAsync(doomed.Next(new() { Head = head => head with { ExpiresAt = past } }), Cancellation)).ShouldBe(AppendResult.Appended(2));
        }

        await thread.AppendAsync(log, cancellationToken: Cancellation);
        foreach (var key in (ThreadKey[])[ThreadKey.Of("new"), ThreadKey.Of("old")])
        {
            (await log.ReadTailAsync(key, 0, Cancellation)).ShouldBeNull();
            (await raw.KeyExistsAsync(Keys.Head(key)) || await raw.KeyExistsAsync(Keys.Log(key))).ShouldBeFalse();
        }

        await AgeAsync(raw, "new");
        await AgeAsync(raw, "old");
        (await ListAsync(log)).ShouldBe(["a"]);
        (await raw.HashLengthAsync(Keys.Index(Default))).ShouldBe(1, "the listing removed what is gone");
    }

    /// <summary>Lets a thread have been expired for a day soon, and waits for it.</summary>
    private static async Task ExpireAsync(RedisCommitLog log, ThreadKey key)
    {
        for (var soon = TimeSpan.FromMilliseconds(300); ; soon *= 2)
        {
            try
            {
                await log.SetExpiryAsync(key, TimeProvider.System.GetUtcNow() - Grace + soon, Cancellation);
                break;
            }
            catch (StateConfigurationException)
            {
                // It came too late on this machine.
            }
        }

        await UntilAsync(async () => await log.GetHeadAsync(key, Cancellation) is null);
    }

    private async Task ExpectExpiryAsync(IDatabase raw, ThreadKey key, DateTimeOffset? expected)
    {
        foreach (var name in (RedisKey[])[Keys.Head(key), Keys.Log(key)])
        {
            ((long)await raw.ExecuteAsync("PEXPIRETIME", name)).ShouldBe((expected + Grace)?.ToUnixTimeMilliseconds() ?? -1, name);
        }
    }
}
