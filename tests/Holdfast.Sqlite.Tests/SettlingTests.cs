using Holdfast.Logs;
using Holdfast.Sqlite.Rows;

namespace Holdfast.Sqlite.Tests;

/// <summary>Entries are recent at first, and settled many together.</summary>
public sealed class SettlingTests : SqliteLogTest
{
    [Fact]
    public async Task Appends_ThatChangeNothingElse_WriteEntriesAloneUntilTheyAreSettled()
    {
        await using var log = await OpenAsync();
        var thread = Thread("a");
        using var raw = OpenRaw();

        await thread.AppendManyAsync(log, RecentEntry.Span - 1);

        raw.Scalar("SELECT (SELECT count(*) FROM versions) || ' ' || (SELECT version FROM threads)").ShouldBe("0 1");

        await thread.AppendManyAsync(log, 2);

        raw.Scalar("SELECT (SELECT count(*) FROM versions) || ' ' || (SELECT version FROM threads)").ShouldBe($"{RecentEntry.Span} {RecentEntry.Span}");
        (await log.GetHeadAsync(thread.Key))!.ChainHash.ShouldBe(thread.Head!.ChainHash);
    }

    [Fact]
    public async Task Appends_OfOneBatchThatIsLongerThanWhatIsRecent_AreSettled()
    {
        await using var log = await OpenAsync();
        var thread = Thread("a");
        using var other = OpenRaw();
        other.Execute("BEGIN IMMEDIATE");
        var appends = new List<Task<AppendResult>>();
        for (var i = 0; i < (3 * RecentEntry.Span) + 5; i++)
        {
            var request = thread.Next();
            thread.Accept(request);
            appends.Add(log.AppendAsync(request).AsTask());
        }

        // Other writes of the batch come after entries that are yet to be settled.
        var (expiry, erased) = (DateTimeOffset.UnixEpoch.AddYears(60), Thread("erased"));
        appends.Add(log.AppendAsync(erased.Next()).AsTask());
        Task<bool>[] others =
        [
            log.SetExpiryAsync(thread.Key, expiry).AsTask(),
            log.EraseAsync(erased.Key).AsTask(),
            log.RewriteAsync(thread.Key, new Dictionary<long, ReadOnlyMemory<byte>>(), dropBelow: 1).AsTask(),
        ];
        thread.AcceptExpiry(expiry);

        other.Execute("ROLLBACK");
        await Task.WhenAll(appends);
        (await Task.WhenAll(others)).ShouldAllBe(done => done);

        other.Scalar("SELECT count(*) FROM versions").ShouldBe(3L * RecentEntry.Span);
        await ShouldHoldAsync(log, thread);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task TwoLogsOfOneFile_WritingInTurns_LoseNothing(int seed)
    {
        var random = new Random(seed);
        await using var first = await OpenAsync();
        await using var second = await OpenAsync();
        var threads = Enumerable.Range(0, 5).Select(i => Thread($"thread-{i}")).ToArray();
        for (var step = 0; step < 500; step++)
        {
            var log = random.Next(2) == 0 ? first : second;
            var i = random.Next(threads.Length);
            var thread = threads[i];
            switch (random.Next(30))
            {
                // What was erased had the newest entries of the file, at times.
                case 0:
                    (await log.EraseAsync(thread.Key)).ShouldBe(thread.Version > 0);
                    threads[i] = Thread(thread.Key.Id.Value);
                    break;
                case 1 when thread.Version > 0:
                    await thread.AppendAsync(log, new() { IsKeyframe = true });
                    var keyframes = thread.Entries.Where(entry => entry.IsKeyframe).ToList();
                    await DropAsync(log, thread, keyframes[random.Next(keyframes.Count)].Version);
                    break;
                case 2 when thread.Version > 0:
                    var expiry = new DateTimeOffset(2026, 12, 1 + random.Next(20), 0, 0, 0, TimeSpan.Zero);
                    (await log.SetExpiryAsync(thread.Key, expiry)).ShouldBeTrue();
                    thread.AcceptExpiry(expiry);
                    break;
                case 3 when thread.Version > 1:
                    var again = thread.Entries[random.Next(thread.Entries.Count)];
                    (await log.AppendAsync(new() { Entry = again, Head = thread.Head! with { Version = again.Version }, After = default }))
                        .ShouldBe(AppendResult.Duplicate(thread.Version));
                    break;
                case 4 when thread.Head is { FirstVersion: > 1 } head:
                    var dropped = thread.Entries[0] with { Version = 1 };
                    (await log.AppendAsync(new() { Entry = dropped, Head = head with { Version = 1 }, After = default })).ShouldBe(AppendResult.Dropped(thread.Version));
                    break;
                case 5 or 6 or 7 when thread.Version > 0:
                    var update = UpdateOf(thread, random);
                    var updated = await log.UpdateHeadAsync(update);
                    thread.AcceptUpdate(update);
                    HeadText.Of(updated).ShouldBe(HeadText.Of(thread.Head));
                    break;
                case 8 when thread.Version > 0:
                    (await log.EraseAsync(new EraseRequest { Key = thread.Key, KeepAsTrunk = true, IfUnchanged = thread.Head!.Stamp })).ShouldBeTrue();
                    var key = thread.Key;
                    thread.AcceptTrunk();
                    await ShouldHoldAsync(log, thread);
                    await thread.AppendAsync(log, new() { IsKeyframe = true });
                    await ShouldHoldAsync(first, thread);
                    await ShouldHoldAsync(second, thread);
                    (await log.EraseAsync(thread.Key, thread.Head)).ShouldBeTrue();
                    threads[i] = Thread(key.Id.Value);
                    break;
                default:
                    await thread.AppendAsync(log, new() { Head = head => Change(head, step, random) });
                    break;
            }

            await ShouldHoldAsync(random.Next(2) == 0 ? first : second, threads[random.Next(threads.Length)]);
        }

        foreach (var thread in threads)
        {
            await ShouldHoldAsync(first, thread);
            await first.EraseAsync(thread.Key);
        }

        using var raw = OpenRaw();
        raw.Scalar("SELECT (SELECT count(*) FROM entries) + (SELECT count(*) FROM versions) + (SELECT count(*) FROM pins) + (SELECT count(*) FROM terms)").ShouldBe(0L);
    }

    private static ThreadHead Change(ThreadHead head, int step, Random random) => random.Next(20) switch
    {
        0 or 1 => head with { Agent = $"agent-{step}" },
        2 or 3 => head with { DueAt = random.Next(2) == 0 ? null : DateTimeOffset.UnixEpoch.AddDays(step) },
        4 or 5 => head with { Terms = random.Next(2) == 0 ? [] : [$"step-{step}"] },
        // What maintenance owns stays as it is stored, whatever an append says.
        6 => head with { Properties = ThreadHead.NoProperties, Revision = 77, Heartbeat = 77, PinCount = 7, LowestPin = 7, FirstVersion = 1 },
        _ => head,
    };

    private static HeadUpdate UpdateOf(Testing.ThreadWriter thread, Random random)
    {
        var update = new HeadUpdate { Key = thread.Key, IfUnchanged = thread.Head!.Stamp };
        return random.Next(4) switch
        {
            0 => update with { Beats = true },
            1 => update with { Properties = new Dictionary<string, string?> { [$"name-{random.Next(3)}"] = random.Next(3) == 0 ? null : $"{random.Next()}" } },
            2 => update with { AddPins = [new() { Life = CommitId.New(TimeProvider.System), Key = ThreadKey.Of("fork"), From = random.Next(1, 9), To = 9 }] },
            _ => update with { RemovePins = [.. thread.Pins.Take(1).Select(pin => pin.Life)], Beats = true },
        };
    }

    private static async Task DropAsync(SqliteCommitLog log, Testing.ThreadWriter thread, long below)
    {
        var replacements = below + 1 < thread.Version
            ? new Dictionary<long, ReadOnlyMemory<byte>> { [below] = "{}"u8.ToArray() }
            : [];
        (await log.RewriteAsync(thread.Key, replacements, below)).ShouldBeTrue();
        thread.AcceptRewrite(replacements, below);
    }

    private static async Task ShouldHoldAsync(SqliteCommitLog log, Testing.ThreadWriter thread)
    {
        var head = await log.GetHeadAsync(thread.Key);
        head?.Version.ShouldBe(thread.Version);
        (head is null).ShouldBe(thread.Version == 0);
        if (head is null)
        {
            return;
        }

        HeadText.Of(head).ShouldBe(HeadText.Of(thread.Head));
        var withPins = await log.GetHeadAsync(new HeadRequest { Key = thread.Key, WithPins = true });
        HeadText.Of(withPins).ShouldBe(HeadText.Of(thread.Head! with { Pins = thread.Pins }));
        var listed = await log.ListAsync(new() { Space = thread.Key.Space, AsOf = default, Expired = ExpiredFilter.Include, Filter = new() { IdPrefix = thread.Key.Id.Value } });
        HeadText.Of(listed.Heads.Single()).ShouldBe(HeadText.Of(thread.Head));
        (await log.ReadAsync(thread.Key).Select(Describe).ToListAsync()).ShouldBe(thread.Entries.Select(Describe));
        (await log.ReadAsync(thread.Key, direction: ReadDirection.Backward).Select(Describe).ToListAsync()).ShouldBe(thread.Entries.Reverse().Select(Describe));
        (await log.ReadTailAsync(thread.Key))!.Entries.Count.ShouldBe((int)(thread.Version - Math.Max(thread.Head!.KeyframeVersion, 1) + 1));
    }

    private static (long Version, CommitId Id, Digest? RewrittenHash, int Size) Describe(LogEntry entry) => (entry.Version, entry.CommitId, entry.RewrittenHash, entry.Body.Length);
}
