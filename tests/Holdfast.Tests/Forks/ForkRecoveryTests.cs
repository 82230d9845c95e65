using System.Text;
using Holdfast.Logs;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Forks;

/// <summary>Recovering threads that forks show, and forks themselves.</summary>
public sealed class ForkRecoveryTests
{
    private readonly TestStore _test = new();

    /// <summary>The versions that were lost are used again. They are not the past of a fork that was made before.</summary>
    [Fact]
    public async Task Fork_OfAThreadThatLostVersions_NeverShowsWhatCameInTheirPlace()
    {
        await FillAsync("t", 6);
        await _test.Store.Thread("t").ForkAsync("f");
        await FillAsync("f", 1);
        Damage(_test, "t", 4);

        await RecoverAsync(_test, "t");
        await FillAsync("t", 9);

        (await _test.TextsAsync("t")).ShouldBe(["t1", "t2", "t3", .. Enumerable.Range(1, 9).Select(i => $"t{i}")]);
        await Should.ThrowAsync<HistoryDroppedException>(async () => await _test.TextsAsync("f"));
        (await (await _test.Store.OpenAsync("f")).History.LastAsync(1)).Select(message => message.Text).ShouldBe(["f1"]);
    }

    /// <summary>A copy, or a bundle, takes along what the fork still shows; one that does not know of the loss is told, and ends.</summary>
    [Theory, InlineData(0, true), InlineData(9, true), InlineData(0, false)]
    public async Task Copy_OfAForkOfAThreadThatLostVersions_Ends(int commits, bool isTold)
    {
        await FillAsync("t", 6);
        await _test.Store.Thread("t").ForkAsync("f");
        await FillAsync("f", 1);
        Damage(_test, "t", 4);
        await RecoverAsync(_test, "t");
        await FillAsync("t", commits);
        if (!isTold)
        {
            await _test.Memory.UpdateHeadAsync(new() { Key = ThreadKey.Of("f"), Properties = new Dictionary<string, string?> { [HeadProperties.LostPast] = null } });
        }

        var (whole, alone, imported) = (new TestStore(), new TestStore(), new TestStore());
        using var ending = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var all = await _test.Store.CopyToAsync(whole.Store, cancellationToken: ending.Token);
        var one = await _test.Store.CopyToAsync(alone.Store, new() { Query = new() { IdPrefix = "f" } }, cancellationToken: ending.Token);
        using var bundle = new MemoryStream();
        var exported = await _test.Store.ExportAsync(bundle, cancellationToken: ending.Token);
        bundle.Position = 0;
        var read = await imported.Store.ImportAsync(bundle, cancellationToken: ending.Token);

        (all.Failures.Count, one.Failures.Count, exported.Failures.Count + read.Failures.Count).ShouldBe(isTold ? (0, 0, 0) : (1, 1, 1));
        foreach (var store in isTold ? new[] { whole.Store, alone.Store, imported.Store } : [])
        {
            var fork = await store.OpenAsync("f");
            (await fork.History.LastAsync(9)).ShouldNotContain(message => message.Text == "t4");
            (await store.LoadAsync("f", 3))!.Messages.Count.ShouldBe(3);
            await Should.ThrowAsync<HistoryDroppedException>(async () => await fork.History.TextsAsync());
            (await store.VerifyAllAsync()).IsIntact.ShouldBeTrue();
        }
    }

    /// <summary>A merge is of what the fork has got, also where it lost what was merged before.</summary>
    [Fact]
    public async Task Merge_OfAForkThatLostVersions_TakesWhatCameInTheirPlace()
    {
        await FillAsync("t", 1);
        await _test.Store.Thread("t").ForkAsync("f");
        await FillAsync("f", 6);
        await _test.Store.Thread("f").MergeAsync();
        Damage(_test, "f", 5);
        await RecoverAsync(_test, "f");
        await _test.CommitAsync("f", session => session.Say("new"));

        await _test.Store.Thread("f").MergeAsync();

        (await _test.TextsAsync("t")).ShouldContain("new");
    }

    /// <summary>The pins of a fork that is being recovered are not those of a fork that is gone.</summary>
    [Theory, InlineData(true), InlineData(false)]
    public async Task Recover_OfAFork_CutOffAtAnyCall_KeepsWhatItShows(bool isErased)
    {
        for (var call = 1; ; call++)
        {
            var test = new TestStore();
            await FillAsync(test, "t", 3);
            await test.Store.Thread("t").ForkAsync("f");
            await FillAsync(test, "f", 3);
            if (isErased)
            {
                await test.Store.Thread("t").EraseAsync();
            }

            Damage(test, "f", 7);
            test.Faults.Nth(call, LogCall.Append | LogCall.UpdateHead | LogCall.Erase).FailsAfter();
            var isDone = false;
            try
            {
                await RecoverAsync(test, "f");
                isDone = true;
            }
            catch (StoreUnavailableException)
            {
                await test.Store.CleanupAsync(new() { CheckForks = true });
                await RecoverAsync(test, "f");
            }

            (await test.TextsAsync("f")).ShouldBe(["t1", "t2", "t3", "f1", "f2"], $"call {call}");
            var key = isErased ? ThreadKey.Trunk(ThreadKey.Of("t"), (await test.Store.Thread("f").GetInfoAsync())!.ForkedFrom!.Life) : ThreadKey.Of("t");
            (await test.Memory.GetHeadAsync(key))!.PinCount.ShouldBe(1, $"call {call}");
            if (isDone)
            {
                return;
            }
        }
    }

    /// <summary>What a fork is says its first entry, too.</summary>
    [Fact]
    public async Task Recover_OfAForkWhoseHeadCannotBeRead_LeavesItAFork()
    {
        await FillAsync("t", 3);
        await _test.Store.Thread("t").ForkAsync("f");
        await FillAsync("f", 2);
        var (before, key) = ((await _test.Store.Thread("f").GetInfoAsync())!, ThreadKey.Of("f"));
        var stamp = (await _test.Memory.GetHeadAsync(key))!.Stamp;
        _test.Log.ShowHead = head => head.Key == key && head.Stamp == stamp && !head.Properties.ContainsKey(HeadProperties.Recovered) ? throw new CorruptStateException(key, 0, "torn.") : head;

        var report = (await RecoverAsync(_test, "f"))!;

        (report.FirstKept, report.LastKept, report.LostVersions, report.GivenUpVersions).ShouldBe((4, 6, 0, 0), string.Join('\n', report.Verification.Problems));
        _test.Log.ShowHead = head => head;
        (await _test.Store.Thread("f").GetInfoAsync())!.ForkedFrom.ShouldBe(before.ForkedFrom);
        (await _test.Store.Thread("f").MergeAsync()).MessageCount.ShouldBe(2);
        (await _test.Store.VerifyAllAsync()).IsIntact.ShouldBeTrue();
    }

    private static async Task<RecoveryReport?> RecoverAsync(TestStore test, ThreadId id)
    {
        using var quarantine = new MemoryStream();
        return await test.Store.Thread(id).RecoverAsync(new() { Quarantine = quarantine });
    }

    private Task FillAsync(ThreadId id, int commits) => FillAsync(_test, id, commits);

    private static async Task FillAsync(TestStore test, ThreadId id, int commits)
    {
        for (var i = 1; i <= commits; i++)
        {
            await test.CommitAsync(id, session => session.Say($"{id.Value}{i}"));
        }
    }

    private static void Damage(TestStore test, ThreadId id, long version)
    {
        var damaged = test.Memory.ReadAsync(ThreadKey.Of(id), version, version).ToBlockingEnumerable().Single().CommitId;
        test.Log.ShowEntry = entry => entry.CommitId == damaged ? entry with { Body = Encoding.UTF8.GetBytes("{}") } : entry;
    }
}
