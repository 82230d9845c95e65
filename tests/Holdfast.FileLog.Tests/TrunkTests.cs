using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.FileLog.Tests;

/// <summary>A trunk is the thread's file by another name, in the same shard.</summary>
public sealed class TrunkTests : FileLogTest
{
    private static readonly EraseRequest Keep = new() { Key = Key, KeepAsTrunk = true };

    [Fact]
    public async Task KeepAsTrunk_IsARenameThatChangesNoByte()
    {
        var thread = await WriteAsync(4, 3);
        var bytes = File.ReadAllBytes(PathOf(Key));
        await using (var indexing = Open())
        {
            (await ListAsync(indexing, ThreadSpace.Threads, "acme")).Count.ShouldBe(1);
        }

        await using var log = Open();
        (await log.EraseAsync(Keep)).ShouldBeTrue();

        var path = PathOf(Key);
        thread.AcceptTrunk();
        File.Exists(path).ShouldBeFalse();
        File.ReadAllBytes(PathOf(thread.Key)).ShouldBe(bytes);
        Path.GetDirectoryName(PathOf(thread.Key)).ShouldBe(Path.Combine(Path.GetDirectoryName(path)!, "trunks"));
        File.ReadAllText(Path.Combine(Path.GetDirectoryName(path)!, FileNames.Index)).ShouldNotContain("chat-7");
        await ShouldHoldAsync(log, thread);
        await ShouldHaveHeadAsync(log, thread);
        (await ReadAllAsync(log, thread.Key)).ShouldAllBe(entry => entry.Key == thread.Key);
    }

    [Fact]
    public async Task Trunks_OfManyLivesOfOneThread_AreThreadsOfTheirOwn()
    {
        await using var log = Open();
        var trunks = new List<ThreadWriter>();
        for (var i = 0; i < 3; i++)
        {
            var thread = await WriteAsync(3, 2);
            (await log.EraseAsync(Keep)).ShouldBeTrue();
            thread.AcceptTrunk();
            trunks.Add(thread);
        }

        var living = await WriteAsync(2);
        await trunks[0].AppendAsync(log, new() { IsKeyframe = true });
        var replacements = new Dictionary<long, ReadOnlyMemory<byte>> { [2] = "{}"u8.ToArray() };
        (await log.RewriteAsync(trunks[0].Key, replacements, dropBelow: 2)).ShouldBeTrue();
        trunks[0].AcceptRewrite(replacements, 2);
        var update = new HeadUpdate { Key = trunks[1].Key, Properties = new Dictionary<string, string?> { ["a"] = "b" } };
        (await log.UpdateHeadAsync(update)).ShouldNotBeNull();
        trunks[1].AcceptUpdate(update);
        (await log.EraseAsync(trunks[2].Key)).ShouldBeTrue();

        await using var anew = Open();
        foreach (var thread in new[] { trunks[0], trunks[1], living })
        {
            await ShouldHoldAsync(anew, thread);
            await ShouldHaveHeadAsync(anew, thread);
        }

        (await anew.GetHeadAsync(trunks[2].Key)).ShouldBeNull();
        (await ListAsync(anew, ThreadSpace.Trunks, "acme")).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Trunks_AreListedInTheirOwnSpaceOnly()
    {
        var thread = await WriteAsync(3);
        await WriteAsync(ThreadKey.Of("acme", "other"), 1);
        await WriteAsync(ThreadKey.Of(ThreadSpace.Users, "acme", "ann"), 1);
        await using (var log = Open())
        {
            (await log.EraseAsync(Keep)).ShouldBeTrue();
        }

        thread.AcceptTrunk();
        foreach (var tenant in new[] { "acme", null })
        {
            await using var log = Open();
            (await ListAsync(log, ThreadSpace.Threads, tenant)).ShouldBe(["acme:other"]);
            (await ListAsync(log, ThreadSpace.Users, tenant)).ShouldBe(["users/acme:ann"]);
            (await ListAsync(log, ThreadSpace.Memory, tenant)).ShouldBeEmpty();
            (await ListAsync(log, ThreadSpace.Trunks, tenant)).ShouldBe([thread.Key.ToString()]);
        }

        await using var indexed = Open();
        (await ListAsync(indexed, ThreadSpace.Trunks, "acme")).ShouldBe([thread.Key.ToString()]);
        foreach (var prefix in new[] { "u", "user-42/chat-7", "user-42/chat-7~", thread.Key.Id.Value[..20], thread.Key.Id.Value })
        {
            (await ListAsync(indexed, ThreadSpace.Trunks, "acme", prefix)).Count.ShouldBe(1, prefix);
        }

        (await ListAsync(indexed, ThreadSpace.Trunks, "acme", "user-42/chat-7~zz")).ShouldBeEmpty();
    }

    [Fact]
    public async Task KeepAsTrunk_OfLongAndStrangeIds_HasNamesOfItsOwn()
    {
        await using var log = Open(options => options.Fsync = FileFsync.Never);
        var trunks = new List<ThreadWriter>();
        foreach (var id in new[] { "con", "a~b", new string('l', 500), new string('l', 499) + "m", string.Concat(Enumerable.Repeat("🦑", 128)) })
        {
            var thread = new ThreadWriter(ThreadKey.Of("acme", id));
            await thread.AppendAsync(log);
            (await log.EraseAsync(new EraseRequest { Key = thread.Key, KeepAsTrunk = true })).ShouldBeTrue();
            thread.AcceptTrunk();
            trunks.Add(thread);
            Path.GetFileName(PathOf(thread.Key)).Length.ShouldBeLessThan(255);
        }

        foreach (var trunk in trunks)
        {
            await ShouldHoldAsync(log, trunk);
            (await ListAsync(log, ThreadSpace.Trunks, "acme", trunk.Key.Id.Value[..Math.Min(trunk.Key.Id.Value.Length, 250)])).ShouldContain(trunk.Key.ToString());
        }

        (await ListAsync(log, ThreadSpace.Trunks, "acme")).Count.ShouldBe(trunks.Count);
    }

    [Fact]
    public async Task KeepAsTrunk_ThatFailsBeforeTheRename_LeavesTheThread()
    {
        var thread = await WriteAsync(3);
        await using var log = Open();
        log.Durability.BeforeFlush = () => throw new IOException("the disk is broken");
        (await Should.ThrowAsync<StoreUnavailableException>(() => log.EraseAsync(Keep).AsTask())).OutcomeUnknown.ShouldBeFalse();
        log.Durability.BeforeFlush = null;
        var trunks = Path.Combine(Path.GetDirectoryName(PathOf(Key))!, FileNames.Trunks);
        File.WriteAllText(trunks, "in the way");
        (await Should.ThrowAsync<StoreUnavailableException>(() => log.EraseAsync(Keep).AsTask())).OutcomeUnknown.ShouldBeFalse();

        await ShouldHoldAsync(log, thread);
        await thread.AppendAsync(log);
        File.Delete(trunks);
        (await log.EraseAsync(Keep)).ShouldBeTrue();
        (await log.EraseAsync(Keep)).ShouldBeFalse();
        thread.AcceptTrunk();
        await using var anew = Open();
        await ShouldHoldAsync(anew, thread);
    }

    [Fact]
    public async Task KeepAsTrunk_UnderAnInterval_BringsWhatWasWrittenToTheDisk()
    {
        await using var log = Open(options => (options.Fsync, options.TimeProvider) = (FileFsync.Interval, new FakeTimeProvider()));
        var thread = new ThreadWriter(Key);
        await thread.AppendManyAsync(log, 2);
        var flushes = 0;
        log.Durability.BeforeFlush = () => flushes++;

        (await log.EraseAsync(Keep)).ShouldBeTrue();

        flushes.ShouldBe(1);
        thread.AcceptTrunk();
        await thread.AppendAsync(log);
        await ShouldHoldAsync(log, thread);
    }

    [Fact]
    public async Task KeepAsTrunk_OfADamagedThread_IsRefused_AndItsCopiesFollowAWholeOne()
    {
        var thread = await WriteAsync(3, 3);
        ChangeLine(3, line => line.Replace("turn", "TURN", StringComparison.Ordinal));
        await using var log = Open();
        await Should.ThrowAsync<CorruptStateException>(() => log.EraseAsync(Keep).AsTask());
        ChangeLine(3, line => line.Replace("TURN", "turn", StringComparison.Ordinal));
        Quarantined().Length.ShouldBe(1);

        (await log.EraseAsync(Keep)).ShouldBeTrue();
        thread.AcceptTrunk();
        await WriteAsync(1);
        (await log.EraseAsync(Key)).ShouldBeTrue();

        Quarantined().Length.ShouldBe(1, "the copy is of the trunk");
        (await log.EraseAsync(thread.Key)).ShouldBeTrue();
        Quarantined().ShouldBeEmpty();
    }

    [Fact]
    public async Task AnotherProcess_SeesTheTrunkAndTheNewLifeAtOnce()
    {
        await using var log = Open();
        await using var other = Open();
        var thread = new ThreadWriter(Key);
        await thread.AppendManyAsync(log, 3);
        await ShouldHoldAsync(other, thread);
        await using var reader = other.ReadAsync(Key).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        (await reader.MoveNextAsync()).ShouldBeTrue();

        (await log.EraseAsync(Keep)).ShouldBeTrue();
        (await other.GetHeadAsync(Key)).ShouldBeNull();
        var next = await WriteAsync(1);
        await ShouldHoldAsync(other, next);
        thread.AcceptTrunk();
        await ShouldHoldAsync(other, thread);
        await thread.AppendAsync(other);
        await ShouldHoldAsync(log, thread);

        (await reader.MoveNextAsync()).ShouldBeTrue("who reads goes on with the life that was opened");
        reader.Current.CommitId.ShouldBe(thread.Entries[1].CommitId);
    }

    [Fact]
    public async Task AFile_ByTheNameOfATrunkOfAnotherLife_IsDamage()
    {
        var thread = await WriteAsync(2);
        await using var log = Open();
        (await log.EraseAsync(Keep)).ShouldBeTrue();
        thread.AcceptTrunk();
        var other = ThreadKey.Trunk(Key, CommitId.New(TimeProvider.System));
        File.Copy(PathOf(thread.Key), PathOf(other));

        await Should.ThrowAsync<CorruptStateException>(() => log.GetHeadAsync(other).AsTask());
        (await ListAsync(log, ThreadSpace.Trunks, "acme")).ShouldBe([thread.Key.ToString()]);
    }

    [Fact]
    public async Task AThread_ThatBeginsAsATrunk_IsOne()
    {
        var life = CommitId.New(TimeProvider.System);
        var thread = new ThreadWriter(ThreadKey.Trunk(Key, life));
        await using var log = Open();
        await thread.AppendAsync(log, new() { CommitId = life, IsKeyframe = true });

        await ShouldHoldAsync(log, thread);
        (await ListAsync(log, ThreadSpace.Trunks, "acme")).ShouldBe([thread.Key.ToString()]);
        (await ListAsync(log, ThreadSpace.Threads, "acme")).ShouldBeEmpty();
        Directory.GetFiles(Path.GetDirectoryName(PathOf(thread.Key))!, FileNames.TemporaryPrefix + "*").ShouldBeEmpty();
    }

    private static async Task<List<string>> ListAsync(FileCommitLog log, ThreadSpace space, string? tenant, string? prefix = null)
        => [.. (await log.ListAsync(new() { Space = space, Tenant = tenant, AsOf = default, Filter = new() { IdPrefix = prefix } })).Heads.Select(head => head.Key.ToString())];
}
