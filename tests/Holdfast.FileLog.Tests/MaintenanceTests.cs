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
        var thread = await WriteAsync(6, 2, 3, 5);
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
        await thread.AppendManyAsync(log, 3, [3]);
        await UpdateAsync(log, thread, new() { Key = Key, Expiry = new(new(2190, 1, 1, 0, 0, 0, TimeSpan.Zero)), AddPins = [PinOf(1, 2)], Beats = true });
        await thread.AppendManyAsync(log, 3, [6]);
        await UpdateAsync(log, thread, new() { Key = Key, Properties = new Dictionary<string, string?> { ["a"] = "1", ["b"] = "2" } });
        await thread.AppendAsync(log, new() { IsKeyframe = true, Head = head => head with { Agent = "B" } });
        await UpdateAsync(log, thread, new() { Key = Key, Properties = new Dictionary<string, string?> { ["a"] = null }, AddPins = [PinOf(4, 9)] });
        await thread.AppendManyAsync(log, 2);

        foreach (var dropBelow in new[] { 3, 6, 8 })
        {
            (await log.RewriteAsync(Key, new Dictionary<long, ReadOnlyMemory<byte>>(), dropBelow)).ShouldBeTrue();
            thread.AcceptRewrite(new Dictionary<long, ReadOnlyMemory<byte>>(), dropBelow);
            await using var anew = Open();
            await ShouldHoldAsync(anew, thread);
            await ShouldHaveHeadAsync(anew, thread);
        }
    }

    [Fact]
    public async Task Heads_AreToldByTheNewestKeyframeAndWhatComesAfterIt()
    {
        await using var log = Open();
        var thread = new ThreadWriter(Key);
        await thread.AppendAsync(log, new() { Head = head => head with { Properties = new Dictionary<string, string> { ["incomplete"] = "yes" } } });
        await UpdateAsync(log, thread, new() { Key = Key, AddPins = [PinOf(1, 1), PinOf(1, 1)], Properties = new Dictionary<string, string?> { ["note"] = "ä\n" }, Beats = true });
        await thread.AppendAsync(log, new() { IsKeyframe = true, Head = head => head with { DueAt = thread.Head!.UpdatedAt, Terms = ["a", "b"] } });
        await UpdateAsync(log, thread, new() { Key = Key, RemovePins = [thread.Pins[0].Life] });
        await UpdateAsync(log, thread, new() { Key = Key, Beats = true });
        await thread.AppendManyAsync(log, 2);

        // What is before the keyframe is not needed: it may be damaged.
        ChangeLine(1, line => line.Replace("turn", "TURN", StringComparison.Ordinal));
        ChangeLine(2, line => line.Replace("note", "NOTE", StringComparison.Ordinal));

        await using var anew = Open();
        await ShouldHaveHeadAsync(anew, thread);
        await thread.AppendAsync(anew);
        await ShouldHaveHeadAsync(anew, thread);
    }

    [Fact]
    public async Task AnAppend_ThatIsNoKeyframe_RepeatsNothingThatMaintenanceOwns()
    {
        await using var log = Open();
        var thread = new ThreadWriter(Key);
        await thread.AppendAsync(log);
        await UpdateAsync(log, thread, new() { Key = Key, AddPins = [PinOf(1, 1)], Properties = new Dictionary<string, string?> { ["note"] = "x" }, Beats = true });
        await thread.AppendAsync(log);
        await thread.AppendAsync(log, new() { IsKeyframe = true });

        var lines = File.ReadAllLines(PathOf(Key));
        foreach (var member in new[] { "\"pins\"", "\"properties\"", "\"revision\"", "\"heartbeat\"" })
        {
            lines[2].ShouldContain(member);
            lines[3].ShouldNotContain(member);
            lines[4].ShouldContain(member);
        }
    }

    [Fact]
    public async Task Rewrite_LeavesNothingOfTheHeadThatTheLinesTold()
    {
        await using var log = Open();
        var thread = new ThreadWriter(Key);
        var secret = new Dictionary<string, System.Text.Json.JsonElement> { ["title"] = System.Text.Json.JsonElement.Parse("\"secret title\"") };
        await thread.AppendAsync(log, new() { Head = head => head with { Metadata = secret, UserId = "secret-user", Terms = ["secret-term"] } });
        await UpdateAsync(log, thread, new() { Key = Key, Properties = new Dictionary<string, string?> { ["note"] = "secret note" } });
        await UpdateAsync(log, thread, new() { Key = Key, Properties = new Dictionary<string, string?> { ["note"] = null } });
        await thread.AppendAsync(log, new() { IsKeyframe = true, Head = head => head with { Metadata = ThreadHead.EmptyMetadata, UserId = null, Terms = [] } });
        var replacements = new Dictionary<long, ReadOnlyMemory<byte>> { [1] = "{}"u8.ToArray() };

        (await log.RewriteAsync(Key, replacements)).ShouldBeTrue();

        thread.AcceptRewrite(replacements);
        File.ReadAllText(PathOf(Key)).ShouldNotContain("secret");
        await using var anew = Open();
        await ShouldHoldAsync(anew, thread);
        await ShouldHaveHeadAsync(anew, thread);
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
    public async Task UpdateHead_ThatChangesNothing_WritesNothing()
    {
        await WriteAsync(1);
        await using var log = Open();
        var length = new FileInfo(PathOf(Key)).Length;

        (await log.UpdateHeadAsync(new() { Key = Key }))!.Revision.ShouldBe(0);
        (await log.UpdateHeadAsync(new() { Key = Key, Beats = true, IfRevision = 1 })).ShouldBeNull();

        new FileInfo(PathOf(Key)).Length.ShouldBe(length);
    }

    [Fact]
    public async Task UpdateHead_WithManyHeartbeats_IsReadBackOverAllOfThem()
    {
        var thread = await WriteAsync(2);
        await using var log = Open(options => options.Fsync = FileFsync.Never);
        for (var i = 0; i < 2000; i++)
        {
            await UpdateAsync(log, thread, new() { Key = Key, Beats = true });
        }

        File.ReadAllLines(PathOf(Key))[^1].Length.ShouldBeLessThan(50);
        await using var anew = Open();
        await ShouldHaveHeadAsync(anew, thread);
        (await anew.GetHeadAsync(Key))!.Heartbeat.ShouldBe(2000);
    }

    private static Pin PinOf(long from, long to)
        => new() { Life = CommitId.New(TimeProvider.System), Key = ThreadKey.Of("acme", "fork"), From = from, To = to };

    private static async Task UpdateAsync(FileCommitLog log, ThreadWriter thread, HeadUpdate update)
    {
        thread.AcceptUpdate(update);
        var head = (await log.UpdateHeadAsync(update)).ShouldNotBeNull();
        (head.Revision, head.Heartbeat, head.PinCount).ShouldBe((thread.Head!.Revision, thread.Head.Heartbeat, thread.Head.PinCount));
    }

    [Fact]
    public async Task Reads_WhileAnotherLogAppendsAndRewrites_AlwaysSeeAWholeThread()
    {
        await using var writer = Open(options => options.Fsync = FileFsync.Never);
        var thread = new ThreadWriter(Key);
        await thread.AppendAsync(writer, DraftOf(10, isKeyframe: true));
        using var written = new CancellationTokenSource();
        var begun = new SemaphoreSlim(0);
        var first = Enumerable.Range(0, 2).Select(_ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).ToArray();
        var readers = first.Select(started => Task.Run(async () =>
        {
            await using var log = Open();
            var reads = 0;
            while (!written.IsCancellationRequested)
            {
                begun.Release();
                started.TrySetResult();
                var tail = (await log.ReadTailAsync(Key, 5))!;
                tail.Entries[^1].Version.ShouldBe(tail.Head.Version);
                tail.Entries.Zip(tail.Entries.Skip(1)).ShouldAllBe(pair => pair.First.Version + 1 == pair.Second.Version);
                var all = await ReadAllAsync(log, Key);
                all[^1].Version.ShouldBeGreaterThanOrEqualTo(tail.Head.Version);
                reads++;
            }

            return reads;
        })).ToArray();

        // A machine with one processor may not have come round to the second one before all is written.
        await Task.WhenAny(Task.WhenAll(first.Select(started => started.Task)), Task.WhenAny(readers));
        for (var i = 2; i <= 600; i++)
        {
            if (i % 10 == 0)
            {
                await Task.WhenAny(begun.WaitAsync(TestContext.Current.CancellationToken), Task.WhenAny(readers));
            }

            await thread.AppendAsync(writer, DraftOf(i % 50 == 0 ? 100_000 : 300, isKeyframe: i % 20 == 0));
            if (i % 40 == 0)
            {
                await writer.RewriteAsync(Key, new Dictionary<long, ReadOnlyMemory<byte>> { [i - 1] = "{}"u8.ToArray() }, dropBelow: Math.Max(i - 60, 0) / 20 * 20);
            }
        }

        await written.CancelAsync();
        (await Task.WhenAll(readers)).ShouldAllBe(reads => reads > 0);
    }
}
