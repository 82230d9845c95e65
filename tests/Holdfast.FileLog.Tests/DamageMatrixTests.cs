using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.FileLog.Tests;

/// <summary>One damaged line, of each kind, and what every call gives: damage hides nothing that is whole.</summary>
public sealed class DamageMatrixTests : FileLogTest
{
    private const int Newest = 9;
    private const int Keyframe = 7;

    private static readonly Dictionary<string, Func<string, string>> Kinds = new()
    {
        ["body"] = line => line.Replace("turn", "TURN", StringComparison.Ordinal),
        ["version too low"] = line => "{\"version\":1" + line["{\"version\":9".Length..],
        ["version too high"] = line => "{\"version\":99" + line["{\"version\":9".Length..],
        ["no version"] = line => "{\"VERSION\"" + line["{\"version\"".Length..],
        ["checksum"] = line => line[..^4] + (line[^4] == '0' ? '1' : '0') + line[^3..],
        ["cut"] = line => line[..20],
        ["empty"] = _ => "",
    };

    public static IEnumerable<TheoryDataRow<int, string>> Damages()
        => from version in new[] { 1, 2, 4, 5, Keyframe, 8, Newest }
           from kind in Kinds.Keys
           where (version, kind) != (1, "version too low")
           select new TheoryDataRow<int, string>(version, kind);

    [Theory, MemberData(nameof(Damages))]
    public async Task ADamagedLine_HidesNoOtherVersion(int damaged, string kind)
    {
        await WriteAsync(Newest, 4, Keyframe);
        ChangeLine(damaged, Kinds[kind]);
        await using var log = Open();

        for (var from = 1; from <= Newest; from++)
        {
            for (var to = from; to <= Newest; to++)
            {
                foreach (var direction in Enum.GetValues<ReadDirection>())
                {
                    var versions = Enumerable.Range(from, to - from + 1);
                    var wanted = direction == ReadDirection.Forward ? versions : versions.Reverse();
                    await ShouldGiveAsync(log, from, to, direction, [.. wanted.TakeWhile(version => version != damaged)], damaged);
                }
            }
        }

        await ShouldGiveAsync(log, 1, long.MaxValue, ReadDirection.Forward, [.. Enumerable.Range(1, damaged - 1)], damaged);
        await ShouldGiveAsync(log, 1, long.MaxValue, ReadDirection.Backward, [.. Enumerable.Range(damaged + 1, Newest - damaged).Reverse()], damaged);
    }

    [Theory, MemberData(nameof(Damages))]
    public async Task ADamagedLine_FailsWhatNeedsItAndNothingElse(int damaged, string kind)
    {
        var thread = await WriteAsync(Newest, 4, Keyframe);
        ChangeLine(damaged, Kinds[kind]);
        var before = File.ReadAllBytes(PathOf(Key));
        await using var log = Open();

        // The head is told by the newest keyframe and what comes after it.
        if (damaged >= Keyframe)
        {
            foreach (var call in (List<Func<Task>>)
                [
                    () => log.GetHeadAsync(Key).AsTask(),
                    () => log.ReadTailAsync(Key).AsTask(),
                    () => log.SetExpiryAsync(Key, DateTimeOffset.UnixEpoch).AsTask(),
                    () => log.EraseAsync(Key, thread.Head).AsTask(),
                    () => thread.AppendAsync(log),
                ])
            {
                (await Should.ThrowAsync<CorruptStateException>(call)).Version.ShouldBe(damaged);
            }

            File.ReadAllBytes(PathOf(Key)).ShouldBe(before);
            File.ReadAllBytes(Quarantined().ShouldHaveSingleItem()).ShouldBe(before);
        }
        else
        {
            (await log.GetHeadAsync(Key))!.Version.ShouldBe(Newest);
            (await log.ReadTailAsync(Key))!.Entries.Select(entry => entry.Version).ShouldBe([7, 8, 9]);
            await thread.AppendAsync(log);
            (await log.GetHeadAsync(Key))!.ChainHash.ShouldBe(thread.Head!.ChainHash);
        }

        var listed = (await log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = "acme", AsOf = default })).Heads;
        listed.ShouldHaveSingleItem().Version.ShouldBe(damaged >= Keyframe ? damaged - 1 : Newest + 1);
        (await log.EraseAsync(Key)).ShouldBeTrue();
        (await log.GetHeadAsync(Key)).ShouldBeNull();
        Quarantined().ShouldBeEmpty();
    }

    [Theory]
    [InlineData(1000, 1000)]
    [InlineData(1000, 2999)]
    [InlineData(3000, 3000)]
    [InlineData(1, 3000)]
    public async Task ADamagedLineOfALongFile_HidesNoOtherVersion(int damaged, int alsoDamaged)
    {
        await using (var writer = Open(options => options.Fsync = FileFsync.Never))
        {
            var thread = new ThreadWriter(Key);
            for (var i = 1; i <= 3000; i++)
            {
                await thread.AppendAsync(writer, Draft($$"""{"turn":{{i}},"text":"{{new string('x', 200)}}"}""", isKeyframe: i % 100 == 0));
            }
        }

        // The version of the line is what a search goes by.
        ChangeLine(damaged, line => line.Replace($"\"version\":{damaged}", "\"version\":7", StringComparison.Ordinal));
        if (alsoDamaged != damaged)
        {
            ChangeLine(alsoDamaged, line => line.Replace($"\"version\":{alsoDamaged}", "\"version\":9999999", StringComparison.Ordinal));
        }

        await using var log = Open();
        foreach (var version in new[] { 2, 500, 999, 1001, 1500, 2500, 2998, 3000 }.Where(version => version != damaged && version != alsoDamaged))
        {
            foreach (var direction in Enum.GetValues<ReadDirection>())
            {
                (await ReadAllAsync(log, Key, version, version, direction)).ShouldHaveSingleItem().Version.ShouldBe(version);
            }
        }

        foreach (var version in new[] { damaged, alsoDamaged })
        {
            foreach (var direction in Enum.GetValues<ReadDirection>())
            {
                (await Should.ThrowAsync<CorruptStateException>(() => ReadAllAsync(log, Key, version, version, direction))).Version.ShouldBe(version);
            }
        }
    }

    [Fact]
    public async Task ReadsThatMeetTheSameDamageAgain_DoNotReadTheWholeFileAgain()
    {
        await using (var writer = Open(options => options.Fsync = FileFsync.Never))
        {
            var thread = new ThreadWriter(Key);
            await thread.AppendAsync(writer, DraftOf(4_000_000));
            await thread.AppendAsync(writer, DraftOf(100, isKeyframe: true));
            await thread.AppendAsync(writer, DraftOf(100));
        }

        ChangeLine(3, line => line.Replace('x', 'y'));
        File.SetLastWriteTimeUtc(PathOf(Key), File.GetLastWriteTimeUtc(PathOf(Key)).AddMinutes(-1));
        await using var log = Open();
        await Should.ThrowAsync<CorruptStateException>(() => log.GetHeadAsync(Key).AsTask());
        log.BytesRead.ShouldBeGreaterThan(4_000_000);
        var before = log.BytesRead;

        for (var i = 0; i < 3; i++)
        {
            (await Should.ThrowAsync<CorruptStateException>(() => log.GetHeadAsync(Key).AsTask())).Message.ShouldContain(Quarantined().ShouldHaveSingleItem());
        }

        (log.BytesRead - before).ShouldBeLessThan(500_000);
        File.Delete(Quarantined()[0]);
        await Should.ThrowAsync<CorruptStateException>(() => log.GetHeadAsync(Key).AsTask());
        Quarantined().Length.ShouldBe(1, "a copy that was removed is made again");
    }

    private static async Task ShouldGiveAsync(FileCommitLog log, long from, long to, ReadDirection direction, int[] expected, int damaged)
    {
        var found = new List<long>();
        CorruptStateException? error = null;
        try
        {
            await foreach (var entry in log.ReadAsync(Key, from, to, direction))
            {
                found.Add(entry.Version);
            }
        }
        catch (CorruptStateException e)
        {
            error = e;
        }

        found.ShouldBe(expected.Select(version => (long)version), $"{from} to {to}, {direction}");
        error?.Version.ShouldBe(damaged);
        (error is not null).ShouldBe(from <= damaged && damaged <= to, $"{from} to {to}, {direction}: {error?.Message}");
    }
}
