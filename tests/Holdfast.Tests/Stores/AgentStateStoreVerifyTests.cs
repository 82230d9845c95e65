using Holdfast.Logs;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Stores;

/// <summary>A verification tells what is damaged; it does not stop at it.</summary>
public sealed class AgentStateStoreVerifyTests
{
    private static readonly ThreadKey Key = ThreadKey.Of("a");
    private readonly TestStore _test = new();

    [Fact]
    public async Task Verify_OfAThreadWhoseHeadCannotBeRead_ChecksTheEntries()
    {
        await MakeAsync(6);
        _test.Log.ShowHead = _ => throw new CorruptStateException(Key, 0, "the head is garbage.");

        var report = (await _test.Store.Thread("a").VerifyAsync())!;

        (report.Version, report.Entries, report.IsIntact).ShouldBe((6, 6, false));
        var problem = report.Problems.ShouldHaveSingleItem();
        problem.Version.ShouldBe(0);
        problem.What.ShouldContain("the head is garbage");
    }

    [Fact]
    public async Task Verify_OfAThreadWhoseHeadAndNewestEntryCannotBeRead_TellsTheNewestThatIsWhole()
    {
        await MakeAsync(6);
        _test.Log.ShowHead = _ => throw new CorruptStateException(Key, 6, "its entry is garbage.");
        FailAt(6);

        var report = (await _test.Store.Thread("a").VerifyAsync())!;

        (report.Version, report.Entries).ShouldBe((5, 5));
        report.Problems.Select(problem => problem.Version).ShouldBe([0, 6]);
    }

    [Theory]
    [InlineData(new long[] { 1 })]
    [InlineData(new long[] { 3 })]
    [InlineData(new long[] { 2, 3, 5 })]
    [InlineData(new long[] { 6 })]
    [InlineData(new long[] { 1, 2, 3, 4, 5, 6 })]
    public async Task Verify_OfEntriesThatCannotBeRead_ReadsOnAfterEach(long[] damaged)
    {
        await MakeAsync(6);
        FailAt(damaged);

        var report = (await _test.Store.Thread("a").VerifyAsync())!;

        (report.Version, report.Entries).ShouldBe((6, 6 - damaged.Length));
        report.Problems.Select(problem => problem.Version).ShouldBe(damaged);
    }

    [Fact]
    public async Task Verify_AfterAnEntryThatCannotBeRead_StillComparesTheHeadWithWhatFollowsAKeyframe()
    {
        await MakeAsync(3);
        await _test.CommitAsync("a", session => session.Say(new string('x', 31_234)));
        await MakeAsync(3);
        (await _test.EntriesAsync("a")).ShouldContain(entry => entry.IsKeyframe);
        FailAt(2);
        (await _test.Store.Thread("a").VerifyAsync())!.Problems.ShouldHaveSingleItem();

        _test.Log.ShowHead = head => head with { Status = ThreadStatus.Failed };

        (await _test.Store.Thread("a").VerifyAsync())!.Problems.Select(problem => problem.Version).ShouldBe([2, 0]);
    }

    [Fact]
    public async Task Verify_OfALogThatFindsDamageWithoutEnd_Ends()
    {
        await MakeAsync(1);
        _test.Log.ShowHead = _ => throw new CorruptStateException(Key, 0, "the head is garbage.");
        var next = 1L;
        _test.Log.ShowEntry = _ => throw new CorruptStateException(Key, next++, "garbage.");

        (await _test.Store.Thread("a").VerifyAsync())!.Entries.ShouldBe(0);
    }

    [Fact]
    public async Task Verify_OfAnUnreachableStore_Throws()
    {
        await MakeAsync(2);
        _test.Log.ShowHead = _ => throw new StoreUnavailableException("It is away.");

        await Should.ThrowAsync<StoreUnavailableException>(async () => await _test.Store.Thread("a").VerifyAsync());
    }

    private async Task MakeAsync(int turns)
    {
        for (var i = 0; i < turns; i++)
        {
            await _test.CommitAsync("a", session => session.Say("hello"));
        }
    }

    private void FailAt(params long[] versions)
        => _test.Log.ShowEntry = entry => versions.Contains(entry.Version) ? throw new CorruptStateException(Key, entry.Version, "garbage.") : entry;
}
