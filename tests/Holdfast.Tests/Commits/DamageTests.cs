using Holdfast.Logs;
using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Commits;

/// <summary>Everything that is stored, shown otherwise than it was written: it is reported with its thread and version, and never overwritten.</summary>
public sealed class DamageTests
{
    private static readonly Digest Other = Digest.Compute("other"u8);

    private static readonly Dictionary<string, Func<LogEntry, LogEntry?>> Entries = new()
    {
        ["missing"] = _ => null,
        ["another version"] = entry => entry with { Version = entry.Version + 100 },
        ["another thread"] = entry => entry with { Key = ThreadKey.Of("other") },
        ["another commit id"] = entry => entry with { CommitId = RawThread.IdOf(77) },
        ["another body hash"] = entry => entry with { BodyHash = Other },
        ["another message count"] = entry => entry with { MessageCount = entry.MessageCount + 1 },
        ["no messages"] = entry => entry with { MessageCount = 0 },
        ["a bit of the body"] = entry => entry with { Body = Flip(entry.Body, entry.Body.Length / 2) },
        ["the first byte of the body"] = entry => entry with { Body = Flip(entry.Body, 0) },
        ["the body cut off"] = entry => entry with { Body = entry.Body[..^1] },
        ["an empty body"] = entry => entry with { Body = default },
        ["a longer body"] = entry => entry with { Body = (byte[])[.. entry.Body.Span, (byte)' '] },
    };

    private static readonly Dictionary<string, Func<ThreadHead, ThreadHead>> Heads = new()
    {
        ["version too high"] = head => head with { Version = head.Version + 1 },
        ["version too low"] = head => head with { Version = head.Version - 1 },
        ["chain hash"] = head => head with { ChainHash = Other },
        ["keyframe that is none"] = head => head with { KeyframeVersion = head.Version },
        ["owner"] = head => head with { UserId = "bob" },
        ["no owner"] = head => head with { UserId = null },
        ["agent"] = head => head with { Agent = "Sales" },
        ["status"] = head => head with { Status = ThreadStatus.Failed },
        ["message count"] = head => head with { MessageCount = head.MessageCount - 1 },
    };

    // What only a whole verification can tell.
    private static readonly Dictionary<string, Func<ThreadHead, ThreadHead>> VerifiedHeads = new()
    {
        ["metadata value"] = head => head with { Metadata = new Dictionary<string, System.Text.Json.JsonElement> { ["topic"] = System.Text.Json.JsonElement.Parse("\"y\"") } },
        ["no metadata"] = head => head with { Metadata = ThreadHead.EmptyMetadata },
        ["time of creation"] = head => head with { CreatedAt = head.CreatedAt.AddSeconds(1) },
        ["time of update"] = head => head with { UpdatedAt = head.UpdatedAt.AddSeconds(1) },
        ["deleted"] = head => head with { DeletedAt = head.UpdatedAt },
        ["no keyframe"] = head => head with { KeyframeVersion = 0 },
    };

    private readonly TestStore _test = new();

    // The oldest entries may have been dropped on purpose.
    public static IEnumerable<TheoryDataRow<string, long>> EntryDamages()
        => from kind in Entries.Keys
           from version in new long[] { 1, 3, 5, 6, 7 }
           where (kind, version) != ("missing", 1)
           select new TheoryDataRow<string, long>(kind, version);

    public static TheoryData<string> HeadDamages() => [.. Heads.Keys];

    [Theory, MemberData(nameof(EntryDamages))]
    public async Task Entry_ThatWasDamaged_IsReportedByAnOpenThatNeedsItAndByVerify(string kind, long version)
    {
        await MakeAsync();
        _test.Log.ShowEntry = entry => entry.Version == version ? Entries[kind](entry) : entry;

        (await _test.Store.Thread("a").VerifyAsync())!.Problems.ShouldNotBeEmpty();
        if (version < 5)
        {
            // Before the last keyframe: needed for old messages only.
            await Should.NotThrowAsync(async () => await _test.Store.OpenAsync("a"));
            return;
        }

        foreach (var call in Calls())
        {
            var error = await Should.ThrowAsync<CorruptStateException>(call);
            error.Key.ShouldBe(ThreadKey.Of("a"));
            error.Version.ShouldBeInRange(5, 7);
            error.Message.ShouldContain("'a'");
        }

        (await _test.EntriesAsync("a")).Count.ShouldBe(7);
    }

    [Theory]
    [InlineData("missing", 2)]
    [InlineData("missing", 4)]
    [InlineData("another version", 2)]
    [InlineData("a bit of the body", 1)]
    [InlineData("no messages", 1)]
    [InlineData("another message count", 3)]
    [InlineData("the body cut off", 4)]
    public async Task Entry_OfOldMessages_IsReportedByReadingThem(string kind, long version)
    {
        await MakeAsync();
        _test.Log.ShowEntry = entry => entry.Version == version ? Entries[kind](entry) : entry;
        var session = await _test.Store.OpenAsync("a");

        (await Should.ThrowAsync<CorruptStateException>(async () => await session.History.TextsAsync())).Version.ShouldBe(version);
        (await Should.ThrowAsync<CorruptStateException>(async () => await session.History.LastAsync(100))).Version.ShouldBe(version);
        (await Should.ThrowAsync<CorruptStateException>(async () => await session.History.PageAsync(100))).Version.ShouldBe(version);
        (await Should.ThrowAsync<CorruptStateException>(async () => await _test.Store.LoadAsync("a"))).Version.ShouldBe(version);
        (await session.History.LastAsync(1)).Texts().ShouldBe(["7"]);
    }

    [Theory, MemberData(nameof(HeadDamages))]
    public async Task Head_ThatWasDamaged_IsReportedByEveryOpenAndByVerify(string kind)
    {
        await MakeAsync();
        _test.Log.ShowHead = Heads[kind];

        foreach (var call in Calls())
        {
            (await Should.ThrowAsync<CorruptStateException>(call)).Key.ShouldBe(ThreadKey.Of("a"));
        }

        (await _test.Store.Thread("a").VerifyAsync())!.Problems.ShouldContain(problem => problem.Version == 0);
        (await _test.EntriesAsync("a")).Count.ShouldBe(7);
    }

    [Fact]
    public async Task Head_InWhatOnlyAVerificationCompares_IsReportedByIt()
    {
        await MakeAsync();
        foreach (var (kind, damage) in VerifiedHeads)
        {
            _test.Log.ShowHead = damage;
            var problems = (await _test.Store.Thread("a").VerifyAsync())!.Problems;
            problems.ShouldHaveSingleItem(kind).Version.ShouldBe(0, kind);
        }
    }

    [Fact]
    public async Task Head_WithoutItsOwner_DoesNotLetOthersIn()
    {
        await MakeAsync();
        _test.Log.ShowHead = Heads["no owner"];

        await Should.ThrowAsync<CorruptStateException>(async () => await _test.Store.OpenAsync("a", new() { UserId = "bob" }));
    }

    [Fact]
    public async Task Bit_OfAnyByteOfATail_IsNoticed()
    {
        await _test.CommitAsync("a", session => session.Say("hello"));
        var length = (await _test.EntriesAsync("a")).Single().Body.Length;
        for (var i = 0; i < length; i++)
        {
            _test.Log.ShowEntry = entry => entry with { Body = Flip(entry.Body, i) };
            (await Should.ThrowAsync<CorruptStateException>(async () => await _test.Store.OpenAsync("a"))).Version.ShouldBe(1);
        }
    }

    [Fact]
    public async Task Entries_ThatChangedPlaces_AreNoticed()
    {
        await MakeAsync();
        var (six, seven) = ((await _test.EntriesAsync("a"))[5], (await _test.EntriesAsync("a"))[6]);
        _test.Log.ShowEntry = entry => entry.Version switch
        {
            6 => seven with { Version = 6 },
            7 => six with { Version = 7 },
            _ => entry,
        };

        await Should.ThrowAsync<CorruptStateException>(async () => await _test.Store.OpenAsync("a"));
        (await _test.Store.Thread("a").VerifyAsync())!.IsIntact.ShouldBeFalse();
    }

    [Fact]
    public async Task Entries_OfAnotherThread_AreNoticed()
    {
        await _test.CommitAsync("a", session => session.Say("mine"));
        await _test.CommitAsync("b", session => session.Say("theirs"));
        var foreign = (await _test.EntriesAsync("b")).Single();
        _test.Log.ShowEntry = entry => foreign with { Key = entry.Key };

        await Should.ThrowAsync<CorruptStateException>(async () => await _test.Store.OpenAsync("a"));
    }

    [Fact]
    public async Task Verify_AnIntactThread_SaysWhatItRead()
    {
        await MakeAsync();

        var report = (await _test.Store.Thread("a").VerifyAsync())!;

        (report.Id.Value, report.Version, report.Entries, report.IsIntact).ShouldBe(("a", 7, 7, true));
        (await _test.Store.Thread("nothing").VerifyAsync()).ShouldBeNull();
        await _test.Store.Thread("a").DeleteAsync();
        (await _test.Store.Thread("a").VerifyAsync())!.IsIntact.ShouldBeTrue();
        await _test.Store.Thread("a").RestoreDeletedAsync();
        await _test.Store.Thread("a").ExtendAsync(TimeSpan.FromHours(1));
        _test.Clock.Advance(TimeSpan.FromHours(2));
        (await _test.Store.Thread("a").VerifyAsync())!.Entries.ShouldBe(9);
    }

    [Fact]
    public async Task Verify_AfterOldEntriesWereDroppedOrReplaced_StillFoldsTheRest()
    {
        await MakeAsync();
        var key = ThreadKey.Of("a");
        var body = System.Text.Encoding.UTF8.GetString((await _test.EntriesAsync("a"))[3].Body.Span).Replace("\"4\"", "\"-\"", StringComparison.Ordinal);
        await _test.Memory.RewriteAsync(key, new Dictionary<long, ReadOnlyMemory<byte>> { [4] = System.Text.Encoding.UTF8.GetBytes(body) }, dropBelow: 0);

        (await _test.Store.Thread("a").VerifyAsync())!.Problems.ShouldBeEmpty();
        (await _test.Store.LoadAsync("a"))!.Messages.Texts().ShouldBe(["1", "2", "3", "-", "5", "6", "7"]);
        _test.Log.ShowHead = Heads["status"];
        (await _test.Store.Thread("a").VerifyAsync())!.Problems.ShouldHaveSingleItem().Version.ShouldBe(0);
    }

    private static ReadOnlyMemory<byte> Flip(ReadOnlyMemory<byte> body, int index)
    {
        var bytes = body.ToArray();
        bytes[index] ^= 1;
        return bytes;
    }

    private IEnumerable<Func<Task>> Calls() =>
    [
        async () => await _test.Store.OpenAsync("a"),
        async () => await _test.Store.LoadAsync("a"),
        async () => await _test.Store.UpdateAsync("a", session => session.Say("8")),
    ];

    // Seven versions with a message each; version 5 is a keyframe.
    private async Task MakeAsync()
    {
        for (var i = 1; i <= 7; i++)
        {
            _test.Clock.Advance(TimeSpan.FromSeconds(1));
            await _test.CommitAsync(
                "a",
                session =>
                {
                    session.History.Add(new ChatMessage(ChatRole.User, i.ToString(System.Globalization.CultureInfo.InvariantCulture)));
                    session.Metadata.Set("topic", "x");
                    session.Tools["t"].Set("x", i <= 4 ? new string((char)('a' + i), 4000 + i) : "");
                    session.Status = ThreadStatus.Thinking;
                },
                new() { UserId = "ann", Agent = "Billing" });
        }

        (await _test.EntriesAsync("a")).Where(entry => entry.IsKeyframe).Select(entry => entry.Version).ShouldBe([5]);
    }
}
