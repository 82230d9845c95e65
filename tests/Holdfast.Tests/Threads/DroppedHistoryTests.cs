using Holdfast.Logs;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Threads;

/// <summary>What was dropped from a thread on purpose is told as such: never as damage, and never by silence.</summary>
public sealed class DroppedHistoryTests
{
    private static readonly ThreadKey Key = ThreadKey.Of("a");
    private readonly TestStore _test = new();

    [Fact]
    public async Task Messages_ThatWereDropped_AreTold_AndThoseThatAreThereAreRead()
    {
        var first = await TrimAsync();

        var session = await _test.Store.OpenAsync("a");

        session.History.Count.ShouldBe(12);
        (await session.History.LastAsync(2)).Texts().ShouldBe(["11", "12"]);
        (await session.History.LastAsync(100)).Count.ShouldBe((int)(12 - first + 1));
        (await Should.ThrowAsync<HistoryDroppedException>(async () => await session.History.TextsAsync())).FirstVersion.ShouldBe(first);
        (await _test.Store.LoadAsync("a"))!.IsPartial.ShouldBeTrue();
        (await _test.Store.Thread("a").GetInfoAsync())!.FirstVersion.ShouldBe(first);
        (await _test.Store.Thread("a").LogAsync().Select(commit => commit.Version).LastAsync()).ShouldBe(first);
        (await _test.Store.Thread("a").VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task Version_ThatWasDropped_IsNoDamage()
    {
        var first = await TrimAsync();

        var error = await Should.ThrowAsync<HistoryDroppedException>(async () => await _test.Store.LoadAsync("a", first - 1));

        (error.Code, error.Key, error.Version, error.FirstVersion).ShouldBe((ErrorCodes.HistoryDropped, Key, first - 1, first));
        (await _test.Store.LoadAsync("a", first))!.Version.ShouldBe(first);
    }

    [Fact]
    public async Task Version_OfAThreadThatIsErasedWhileItIsRead_IsNotThere()
    {
        foreach (var read in new Func<Task<object?>>[] { async () => await _test.Store.LoadAsync("a", 3), async () => await _test.Store.Thread("a").DiffAsync(3, 5), async () => await _test.Store.Thread("a").ReadRecordAsync("r", 3) })
        {
            await FillAsync();
            _test.Faults.Nth(1, LogCall.Read).RunsBefore(async () => await new AgentStateStore(_test.Memory).Thread("a").EraseAsync());

            (await read()).ShouldBeNull();
            _test.Faults.Heal();
        }
    }

    [Fact]
    public async Task Version_ThatIsDroppedWhileItIsRead_IsNoDamage()
    {
        await FillAsync();
        _test.Faults.Nth(1, LogCall.Read).RunsBefore(async () =>
            await _test.Memory.RewriteAsync(new RewriteRequest { Key = Key, DropBelow = (await _test.Memory.GetHeadAsync(Key))!.KeyframeVersion }));

        (await Should.ThrowAsync<HistoryDroppedException>(async () => await _test.Store.LoadAsync("a", 3))).Version.ShouldBe(3);
    }

    [Fact]
    public async Task Verify_OfAThreadThatIsTrimmedOrErasedMeanwhile_TellsNoDamage()
    {
        await FillAsync();
        _test.Faults.Nth(1, LogCall.Read).RunsBefore(async () =>
            await _test.Memory.RewriteAsync(new RewriteRequest { Key = Key, DropBelow = (await _test.Memory.GetHeadAsync(Key))!.KeyframeVersion }));
        (await _test.Store.Thread("a").VerifyAsync())!.Problems.ShouldBeEmpty();
        _test.Faults.Heal();

        _test.Faults.Nth(1, LogCall.Read).RunsBefore(async () => await new AgentStateStore(_test.Memory).Thread("a").EraseAsync());
        (await _test.Store.Thread("a").VerifyAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task Messages_DroppedWhileASessionIsOpen_AreToldToo()
    {
        await FillAsync();
        var session = await _test.Store.OpenAsync("a");

        await TrimAsync(fill: false);

        await Should.ThrowAsync<HistoryDroppedException>(async () => await session.History.TextsAsync());
        session.Say("goes on");
        (await session.CommitAsync()).Version.ShouldBe(13);
    }

    [Fact]
    public async Task Record_ThatWasDropped_IsTold()
    {
        await _test.CommitAsync("a", session => session.Records.Put("r", "x"));
        await TrimAsync();

        await Should.ThrowAsync<HistoryDroppedException>(async () => await (await _test.Store.OpenAsync("a")).Records.GetAsync<string>("r"));
    }

    [Fact]
    public async Task Thread_ThatWasTrimmed_IsCopiedAsItIs()
    {
        var first = await TrimAsync();
        var target = new TestStore();

        (await _test.Store.CopyToAsync(target.Store)).IsComplete.ShouldBeTrue();

        var (head, copy) = ((await _test.Memory.GetHeadAsync(Key))!, (await target.Memory.GetHeadAsync(Key))!);
        (copy.Life, copy.FirstVersion, copy.Version, copy.ChainHash, copy.Properties.Count).ShouldBe((head.Life, first, head.Version, head.ChainHash, 0));
        (await target.Store.Thread("a").VerifyAsync())!.Problems.ShouldBeEmpty();
        await target.CommitAsync("a", session => session.Say("goes on"));
    }

    private async Task FillAsync()
    {
        for (var i = 1; i <= 12; i++)
        {
            await _test.CommitAsync("a", session =>
            {
                session.Say($"{i}");
                session.Records.Put("pad", new string('x', 9_000));
            });
        }
    }

    // Drops what is before the keyframe before the newest one.
    private async Task<long> TrimAsync(bool fill = true)
    {
        if (fill)
        {
            await FillAsync();
        }

        var keyframes = (await _test.EntriesAsync("a")).Where(entry => entry.IsKeyframe).Select(entry => entry.Version).ToList();
        var first = keyframes[^2];
        (await _test.Memory.RewriteAsync(Key, new Dictionary<long, ReadOnlyMemory<byte>>(), first)).ShouldBeTrue();
        return first;
    }
}
