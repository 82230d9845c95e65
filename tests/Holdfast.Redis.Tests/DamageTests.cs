using Holdfast.Logs;
using StackExchange.Redis;

namespace Holdfast.Redis.Tests;

/// <summary>What is damaged is told of by its name and hides nothing else.</summary>
public sealed class DamageTests : RedisLogTest
{
    private static readonly ThreadKey Bad = ThreadKey.Of("bad");

    [Theory]
    [EachServer]
    public async Task Head_ThatCannotBeRead_HidesNoOtherThreadFromListings(ServerKind kind)
    {
        var (log, raw) = await WriteAsync(kind);
        await raw.HashSetAsync(Keys.Head(Bad), "j", "{{{");

        await ExpectOnlyOthersListedAsync(log);
        await ExpectDamageAsync(log);
        (await log.EraseAsync(Bad, null, Cancellation)).ShouldBeTrue();
        await ExpectGoneAsync(log, raw);
    }

    [Theory]
    [EachServer]
    public async Task Head_OfAnotherKind_HidesNoOtherThreadFromListings(ServerKind kind)
    {
        var (log, raw) = await WriteAsync(kind);
        await raw.KeyDeleteAsync(Keys.Head(Bad));
        await raw.StringSetAsync(Keys.Head(Bad), "somebody else's");

        await ExpectOnlyOthersListedAsync(log);
        var error = await ExpectDamageAsync(log);
        error.Message.ShouldContain(Keys.Head(Bad)!);
        await Should.ThrowAsync<CorruptStateException>(async () => await log.EraseAsync(Bad, new() { Key = Bad, Life = CommitId.New(TimeProvider.System), Version = 1, ChainHash = default, CreatedAt = default, UpdatedAt = default }, Cancellation));
        (await raw.KeyExistsAsync(Keys.Head(Bad))).ShouldBeTrue("what cannot be compared is not erased on a condition");
        (await log.EraseAsync(Bad, null, Cancellation)).ShouldBeTrue();
        await ExpectGoneAsync(log, raw);
    }

    [Theory]
    [EachServer]
    public async Task Log_OfAnotherKind_IsNamedAndCanBeErased(ServerKind kind)
    {
        var (log, raw) = await WriteAsync(kind);
        await raw.KeyDeleteAsync(Keys.Log(Bad));
        await raw.StringSetAsync(Keys.Log(Bad), "somebody else's");

        var error = await Should.ThrowAsync<CorruptStateException>(async () => await log.ReadTailAsync(Bad, 0, Cancellation));

        error.Key.ShouldBe(Bad);
        error.Message.ShouldContain(Keys.Log(Bad)!);
        (await log.EraseAsync(Bad, null, Cancellation)).ShouldBeTrue();
        await ExpectGoneAsync(log, raw);
    }

    [Theory]
    [EachServer]
    public async Task Head_ThatIsGone_IsDamageToEveryReader(ServerKind kind)
    {
        var (log, raw) = await WriteAsync(kind);
        await raw.KeyDeleteAsync(Keys.Head(Bad));

        await ExpectDamageAsync(log);
        await Should.ThrowAsync<CorruptStateException>(async () => await log.ReadAsync(Bad, cancellationToken: Cancellation).CountAsync(Cancellation));
        await Should.ThrowAsync<CorruptStateException>(async () => await log.SetExpiryAsync(Bad, null, Cancellation));
        await Should.ThrowAsync<CorruptStateException>(async () => await log.RewriteAsync(Bad, new Dictionary<long, ReadOnlyMemory<byte>>(), 1, Cancellation));
    }

    [Theory]
    [EachServer]
    public async Task Version_OfMoreThan64Bits_IsDamage(ServerKind kind)
    {
        var (log, raw) = await WriteAsync(kind);
        var next = Thread("bad").Next();
        foreach (var version in (string[])["99999999999999999999999", "9999999999999999999", "-1", "0"])
        {
            await raw.HashSetAsync(Keys.Head(Bad), "s", $"{new string('h', 32)}{version}:0:2:0");

            await ExpectDamageAsync(log);
            await Should.ThrowAsync<CorruptStateException>(async () => await log.AppendAsync(next, Cancellation));
            await ExpectOnlyOthersListedAsync(log);
        }
    }

    [Theory]
    [EachServer]
    public async Task Head_WithAStatusOfANewerVersion_IsOfAnUnknownFormatAndHidesNoOtherThread(ServerKind kind)
    {
        var (log, raw) = await WriteAsync(kind);
        await raw.HashSetAsync(Keys.Head(Bad), "j", """{"status":"dreaming","created":0}""");

        await Should.ThrowAsync<UnknownFormatException>(async () => await log.GetHeadAsync(Bad, Cancellation));
        await Should.ThrowAsync<UnknownFormatException>(async () => await log.ReadTailAsync(Bad, 0, Cancellation));

        (await ListAsync(log)).ShouldBe(["two", "one"]);
        (await log.GetWarningsAsync(Cancellation)).ShouldContain(warning => warning.Contains("dreaming", StringComparison.Ordinal));
    }

    [Theory]
    [EachServer]
    public async Task Index_ThatNamesWhatCannotBeAThread_IsSetRight(ServerKind kind)
    {
        var (log, raw) = await WriteAsync(kind);
        foreach (var id in (RedisValue[])[new byte[] { (byte)'b', 0xff, 0xfe }, "with\nline feed", "", new string('x', 600)])
        {
            await raw.SortedSetAddAsync(IndexKey("ids"), id, 0);
            await raw.SortedSetAddAsync(IndexKey("updated"), id, 0);
        }

        await raw.SortedSetAddAsync(IndexKey("updated"), "one", double.PositiveInfinity);
        await raw.SortedSetAddAsync(IndexKey("updated"), "two", double.NegativeInfinity);
        await raw.SortedSetAddAsync(IndexKey("updated"), "bad", 1e300);

        (await ListAsync(log, new() { PageSize = 1 })).ShouldBe(["bad", "one", "two"], ignoreOrder: true);
        (await ListAsync(log, new() { PageSize = 1, Order = ThreadOrder.Id })).ShouldBe(["bad", "one", "two"]);

        await log.RepairIndexAsync(Cancellation);
        (await ListAsync(log, new() { PageSize = 1 })).ShouldBe(["two", "bad", "one"], "the newest first");
        (await raw.SortedSetLengthAsync(IndexKey("ids"))).ShouldBe(3);
        (await raw.SortedSetLengthAsync(IndexKey("updated"))).ShouldBe(3);
    }

    [Theory]
    [EachServer]
    public async Task Tenants_OfWhichOneCannotBe_HideNoOthers(ServerKind kind)
    {
        var (log, raw) = await WriteAsync(kind);
        foreach (var tenant in (RedisValue[])["line\nfeed", new byte[] { 0xff }, new string('t', 600)])
        {
            await raw.SortedSetAddAsync(Keys.Tenants(ThreadSpace.Threads), tenant, 0);
        }

        (await ListAsync(log, tenant: null)).ShouldBe(["two", "bad", "one"]);
        (await ListAsync(log, new() { Order = ThreadOrder.Id }, tenant: null)).ShouldBe(["bad", "one", "two"]);
    }

    private async Task<(RedisCommitLog Log, IDatabase Raw)> WriteAsync(ServerKind kind)
    {
        var log = await OpenAsync(kind);
        foreach (var (i, id) in ((string[])["one", "bad", "two"]).Index())
        {
            await Thread(id).AppendAsync(log, new() { At = DateTimeOffset.UnixEpoch.AddDays(i + 1) }, Cancellation);
        }

        return (log, await OpenRawAsync(kind));
    }

    private async Task ExpectOnlyOthersListedAsync(RedisCommitLog log)
    {
        (await ListAsync(log, new() { PageSize = 1 })).ShouldBe(["two", "one"]);
        (await ListAsync(log, new() { Order = ThreadOrder.Id })).ShouldBe(["one", "two"]);
        (await ListAsync(log, tenant: null)).ShouldBe(["two", "one"]);
        (await log.GetWarningsAsync(Cancellation)).ShouldContain(
            warning => warning.Contains("'bad'", StringComparison.Ordinal) && warning.Contains((string)Keys.Head(Bad)!, StringComparison.Ordinal), "the warning names thread and key");
        await log.RepairIndexAsync(Cancellation);
        (await ListAsync(log)).ShouldBe(["two", "one"]);
    }

    private static async Task<CorruptStateException> ExpectDamageAsync(RedisCommitLog log)
    {
        (await Should.ThrowAsync<CorruptStateException>(async () => await log.ReadTailAsync(Bad, 0, Cancellation))).Key.ShouldBe(Bad);
        var error = await Should.ThrowAsync<CorruptStateException>(async () => await log.GetHeadAsync(Bad, Cancellation));
        error.Key.ShouldBe(Bad);
        return error;
    }

    private async Task ExpectGoneAsync(RedisCommitLog log, IDatabase raw)
    {
        (await log.GetHeadAsync(Bad, Cancellation)).ShouldBeNull();
        (await raw.KeyExistsAsync(Keys.Log(Bad))).ShouldBeFalse();
        (await ListAsync(log)).ShouldBe(["two", "one"]);
        await Thread("bad").AppendAsync(log, new() { At = DateTimeOffset.UnixEpoch.AddDays(9) }, Cancellation);
        (await ListAsync(log)).ShouldBe(["bad", "two", "one"]);
    }
}
