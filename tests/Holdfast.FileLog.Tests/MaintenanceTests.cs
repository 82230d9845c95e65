using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.FileLog.Tests;

public sealed class MaintenanceTests : FileLogTest
{
    [Fact]
    public async Task Writers_AfterACrashInARewrite_FindTheOldThreadAndRemoveWhatIsLeft()
    {
        var thread = await WriteAsync(4, 3);
        var leftover = FileNames.Temporary(Path.GetDirectoryName(PathOf(Key))!);
        File.WriteAllText(leftover, "{\"holdfast\":1,\"ten");
        await using var log = Open();

        await ShouldHoldAsync(log, thread);
        File.Exists(leftover).ShouldBeTrue("readers change nothing");
        await thread.AppendAsync(log);

        File.Exists(leftover).ShouldBeFalse();
        await ShouldHoldAsync(log, thread);
    }

    [Fact]
    public async Task Rewrite_RepeatedManyTimes_LeavesOneMark()
    {
        var thread = await WriteAsync(6, 5);
        await using var log = Open();
        for (var i = 1; i <= 3; i++)
        {
            var replacements = new Dictionary<long, ReadOnlyMemory<byte>> { [i] = "{}"u8.ToArray(), [4] = new byte[] { 0, (byte)i } };
            await log.RewriteAsync(Key, replacements, dropBelow: i);
            thread.AcceptRewrite(replacements, i);
            await ShouldHoldAsync(log, thread);
            await thread.AppendAsync(log);
        }

        File.ReadAllLines(PathOf(Key)).Count(line => line.Contains("rewrittenAt", StringComparison.Ordinal)).ShouldBe(1);
        await using var anew = Open();
        await ShouldHoldAsync(anew, thread);
        (await ReadAllAsync(anew, Key)).Where(entry => entry.RewrittenHash is not null).Select(entry => entry.Version).ShouldBe([3, 4]);
    }

    [Fact]
    public async Task Rewrite_ThatDropsTheLinesTheHeadFollowsFrom_KeepsTheHead()
    {
        await using var log = Open();
        var thread = new ThreadWriter(Key);
        await thread.AppendAsync(log, new() { Head = head => head with { UserId = "ann", Agent = "A" } });
        await thread.AppendManyAsync(log, 3);
        await log.SetExpiryAsync(Key, new(2190, 1, 1, 0, 0, 0, TimeSpan.Zero));
        thread.AcceptExpiry(new(2190, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await thread.AppendManyAsync(log, 3);
        // A keyframe by the head alone: its line is not one that tells the whole head.
        await thread.AppendAsync(log, new() { Head = head => head with { KeyframeVersion = head.Version, Agent = "B" } });
        await thread.AppendManyAsync(log, 2);

        foreach (var dropBelow in new[] { 3, 6, 8 })
        {
            (await log.RewriteAsync(Key, new Dictionary<long, ReadOnlyMemory<byte>>(), dropBelow)).ShouldBeTrue();
            thread.AcceptRewrite(new Dictionary<long, ReadOnlyMemory<byte>>(), dropBelow);
            await using var anew = Open();
            await ShouldHoldAsync(anew, thread);
            var head = (await anew.GetHeadAsync(Key))!;
            head.ShouldBe(thread.Head! with { Metadata = head.Metadata });
        }
    }

    [Fact]
    public async Task Readers_OfAThreadThatIsRewrittenMeanwhile_GoOnWithWhatTheyOpened()
    {
        var thread = await WriteAsync(6, 5);
        await using var log = Open();
        await using var reader = log.ReadAsync(Key).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        (await reader.MoveNextAsync()).ShouldBeTrue();
        await log.RewriteAsync(Key, new Dictionary<long, ReadOnlyMemory<byte>> { [2] = "{}"u8.ToArray() });
        var versions = new List<long> { reader.Current.Version };
        while (await reader.MoveNextAsync())
        {
            versions.Add(reader.Current.Version);
        }

        versions.ShouldBe([1, 2, 3, 4, 5, 6]);
        thread.Version.ShouldBe(6);
    }

    [Fact]
    public async Task SetExpiry_ToWhatItIs_WritesNothing()
    {
        await WriteAsync(1);
        await using var log = Open();
        var expiry = new DateTimeOffset(2190, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await log.SetExpiryAsync(Key, expiry);
        var length = new FileInfo(PathOf(Key)).Length;

        (await log.SetExpiryAsync(Key, expiry.AddTicks(7).ToOffset(TimeSpan.FromHours(2)))).ShouldBeTrue();

        new FileInfo(PathOf(Key)).Length.ShouldBe(length);
    }

    [Fact]
    public async Task Reads_WhileAnotherLogAppendsAndRewrites_AlwaysSeeAWholeThread()
    {
        await using var writer = Open(options => options.Fsync = FileFsync.Never);
        var thread = new ThreadWriter(Key);
        await thread.AppendAsync(writer, DraftOf(10, isKeyframe: true));
        using var written = new CancellationTokenSource();
        var begun = new SemaphoreSlim(0);
        var readers = Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
        {
            await using var log = Open();
            var reads = 0;
            while (!written.IsCancellationRequested)
            {
                begun.Release();
                var tail = (await log.ReadTailAsync(Key, 5))!;
                tail.Entries[^1].Version.ShouldBe(tail.Head.Version);
                tail.Entries.Zip(tail.Entries.Skip(1)).ShouldAllBe(pair => pair.First.Version + 1 == pair.Second.Version);
                var all = await ReadAllAsync(log, Key);
                all[^1].Version.ShouldBeGreaterThanOrEqualTo(tail.Head.Version);
                reads++;
            }

            return reads;
        })).ToArray();

        for (var i = 2; i <= 600; i++)
        {
            if (i % 10 == 0)
            {
                await Task.WhenAny(begun.WaitAsync(TestContext.Current.CancellationToken), Task.WhenAny(readers));
            }

            await thread.AppendAsync(writer, DraftOf(i % 50 == 0 ? 100_000 : 300, isKeyframe: i % 20 == 0));
            if (i % 40 == 0)
            {
                await writer.RewriteAsync(Key, new Dictionary<long, ReadOnlyMemory<byte>> { [i - 1] = "{}"u8.ToArray() }, dropBelow: Math.Max(i - 60, 0));
            }
        }

        await written.CancelAsync();
        (await Task.WhenAll(readers)).ShouldAllBe(reads => reads > 0);
    }
}
