using Holdfast.Logs;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Threads;

public sealed class ArchiveTests
{
    private static readonly ArchiveOptions Old = ArchivedStore.Old;

    private readonly ArchivedStore _both = new();
    private readonly TestStore _cold;
    private readonly TestStore _hot;

    public ArchiveTests() => (_hot, _cold) = (_both.Hot, _both.Cold);

    [Fact]
    public async Task Archive_MovesWhatIsOld_Whole_AndNothingElse()
    {
        await FillAsync();
        var before = await _hot.Store.LoadAsync("old");

        (await _hot.Store.ArchiveAsync(Old with { DryRun = true })).ShouldSatisfyAllConditions(plan => plan.Archived.ShouldBe(2), plan => plan.IsDryRun.ShouldBeTrue());
        (await ArchivedStore.HeadsAsync(_cold, ThreadSpace.Threads)).ShouldBeEmpty();
        var result = await _hot.Store.ArchiveAsync(Old);

        (result.Archived, result.Skipped, result.Orphans, result.IsComplete).ShouldBe((2, 0, 0, true));
        (await _hot.EntriesAsync("old")).ShouldHaveSingleItem().IsKeyframe.ShouldBeTrue();
        (await _hot.EntriesAsync("queued")).Count.ShouldBe(2, "something is due");
        (await _cold.TextsAsync("old")).ShouldBe(["1", "2", "3"]);
        (await _cold.Store.Thread("old").VerifyAsync())!.IsIntact.ShouldBeTrue();
        (await _hot.Store.ArchiveAsync(Old)).Archived.ShouldBe(0, "it is all there");
        (await _hot.Store.LoadAsync("old"))!.Messages.Select(message => message.Text).ShouldBe(before!.Messages.Select(message => message.Text));
    }

    [Fact]
    public async Task Thread_ThatWasArchived_IsTheSameThread()
    {
        await FillAsync();
        await _hot.Store.Thread("old").LabelAsync("begin", 1);
        var updated = (await _hot.Store.Thread("old").GetInfoAsync())!.UpdatedAt;
        _hot.Clock.Advance(TimeSpan.FromDays(60));
        await _hot.Store.ArchiveAsync(Old);

        var thread = _hot.Store.Thread("old");
        var info = (await thread.GetInfoAsync())!;
        (info.Version, info.FirstVersion, info.ArchivedBelow, info.UpdatedAt).ShouldBe((5, 1, 5, updated));
        (await _hot.Store.ListAsync(new() { IdPrefix = "old" }).SingleAsync()).ShouldBe(info);
        (await _hot.TextsAsync("old")).ShouldBe(["1", "2", "3"]);
        (await _hot.Store.LoadAsync("old", 2))!.Messages.Select(message => message.Text).ShouldBe(["1", "2"]);
        (await _hot.Store.LoadAsync("old", ThreadPoint.AtLabel("begin")))!.Messages.Count.ShouldBe(1);
        (await thread.LogAsync().Select(commit => commit.Version).ToListAsync()).ShouldBe([5, 4, 3, 2, 1]);
        (await thread.LogAsync(new() { Ascending = true }).Select(commit => commit.Version).ToListAsync()).ShouldBe([1, 2, 3, 4, 5]);
        (await thread.DiffAsync(1, 3))!.Messages.Count.ShouldBe(2);
        (await thread.VerifyAsync())!.ShouldSatisfyAllConditions(report => report.IsIntact.ShouldBeTrue(), report => report.Entries.ShouldBe(5));

        await _hot.CommitAsync("old", session => session.Say("4"));
        await thread.RestoreAsync(2);
        (await _hot.TextsAsync("old")).ShouldBe(["1", "2"]);
        await thread.ForkAsync("fork", new() { At = 3 });
        (await _hot.TextsAsync("fork")).ShouldBe(["1", "2", "3"]);
        (await _hot.Store.VerifyAllAsync()).Damaged.ShouldBeEmpty();
    }

    [Fact]
    public async Task Thread_ThatWasArchived_OpensAndGoesOnWithoutTheArchive()
    {
        await FillAsync();
        await _hot.Store.ArchiveAsync(Old);
        _cold.Faults.Every(LogCall.Any).FailsBefore();

        await _hot.CommitAsync("old", session => session.Say("4"));
        (await (await _hot.Store.OpenAsync("old")).History.LastAsync(1)).Single().Text.ShouldBe("4");
        await Should.ThrowAsync<StoreUnavailableException>(async () => await _hot.Store.LoadAsync("old", 2));

        var error = await Should.ThrowAsync<StateConfigurationException>(async () => await new AgentStateStore(_hot.Memory).LoadAsync("old", 2));
        error.Message.ShouldContain("AgentStateOptions.Archive");
        await Should.ThrowAsync<StateConfigurationException>(async () => await new AgentStateStore(_hot.Memory).Thread("old").EraseAsync());
        (await _hot.Store.Thread("old").GetInfoAsync()).ShouldNotBeNull();
    }

    [Fact]
    public async Task Thread_ThatGoesOn_IsArchivedAgain()
    {
        await FillAsync();
        await _hot.Store.ArchiveAsync(Old);
        for (var i = 4; i <= 6; i++)
        {
            await _hot.CommitAsync("old", session => session.Say($"{i}"));
        }

        _hot.Clock.Advance(TimeSpan.FromDays(60));
        (await _hot.Store.ArchiveAsync(Old with { Query = new() { IdPrefix = "old" } })).Archived.ShouldBe(1);

        (await _hot.EntriesAsync("old")).ShouldHaveSingleItem().Version.ShouldBe(8);
        (await _hot.TextsAsync("old")).ShouldBe(["1", "2", "3", "4", "5", "6"]);
        (await _cold.TextsAsync("old")).Count.ShouldBe(6);
        (await _hot.Store.Thread("old").VerifyAsync())!.IsIntact.ShouldBeTrue();
    }

    [Fact]
    public async Task Commit_ThatIsRepeated_IsFoundInTheArchive()
    {
        await FillAsync();
        var second = (await _hot.EntriesAsync("old"))[1];
        var head = (await _hot.Memory.GetHeadAsync(ThreadKey.Of("old")))!;
        await _hot.Store.ArchiveAsync(Old);

        var log = _hot.Store.Context.Calls;
        var again = new AppendRequest { Entry = second, Head = head with { Version = 2 }, After = ChainHash.Start };
        (await log.AppendAsync(again)).Outcome.ShouldBe(AppendOutcome.Duplicate);
        (await log.AppendAsync(again with { Entry = second with { CommitId = CommitId.New(TimeProvider.System) } })).Outcome.ShouldBe(AppendOutcome.Conflict);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Erase_TakesWhatWasArchived(bool isShown)
    {
        await FillAsync();
        await _hot.Store.ArchiveAsync(Old);
        if (isShown)
        {
            await _hot.Store.Thread("old").ForkAsync("fork", new() { At = 2 });
        }

        await _hot.Store.Thread("old").EraseAsync();

        (await _hot.Store.Thread("old").GetInfoAsync()).ShouldBeNull();
        await _hot.CommitAsync("old", session => session.Say("another"));
        _hot.Clock.Advance(TimeSpan.FromDays(60));
        if (isShown)
        {
            await _hot.CommitAsync("old", session => session.Say("more"));
            _hot.Clock.Advance(TimeSpan.FromDays(60));
            (await _hot.Store.ArchiveAsync(Old with { Query = new() { IdPrefix = "old" } })).ShouldSatisfyAllConditions(again => again.Archived.ShouldBe(1), again => again.Failures.ShouldBeEmpty());
            (await _hot.TextsAsync("fork")).ShouldBe(["1", "2"]);
            (await _hot.TextsAsync("old")).ShouldBe(["another", "more"]);
            (await ArchivedStore.EverythingAsync(_cold)).ShouldNotContain("\"3\"", Case.Sensitive, "no fork shows it");
            (await _hot.Store.VerifyAllAsync()).Damaged.ShouldBeEmpty();
            await _hot.Store.Thread("fork").EraseAsync();
            await _hot.Store.Thread("old").EraseAsync();
        }

        (await ArchivedStore.HeadsAsync(_cold, ThreadSpace.Threads)).Select(head => head.Key.Id.Value).ShouldBe(["asks"]);
        (await ArchivedStore.HeadsAsync(_cold, ThreadSpace.Trunks)).ShouldBeEmpty();
        (await ArchivedStore.HeadsAsync(_hot, ThreadSpace.Trunks)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Redaction_ReachesTheArchive()
    {
        await _hot.CommitAsync("old", session => session.Say("my secret"));
        await _hot.CommitAsync("old", session => session.Variables.Set("pin", "my secret"));
        await _hot.CommitAsync("old", session => session.Say("more"));
        _hot.Clock.Advance(TimeSpan.FromDays(60));
        await _hot.Store.ArchiveAsync(Old);
        (await ArchivedStore.EverythingAsync(_cold)).ShouldContain("my secret");

        var plan = await _hot.Store.Thread("old").RedactAsync(new() { Pattern = "secret", Reason = "asked" });

        plan!.Places.Count.ShouldBeGreaterThan(1);
        (await ArchivedStore.EverythingAsync(_cold)).ShouldNotContain("secret");
        (await ArchivedStore.EverythingAsync(_hot)).ShouldNotContain("secret");
        (await _hot.Store.Thread("old").VerifyAsync())!.ShouldSatisfyAllConditions(report => report.IsIntact.ShouldBeTrue(), report => report.PendingRedactions.ShouldBeEmpty());
        _hot.Clock.Advance(TimeSpan.FromDays(60));
        (await _hot.Store.ArchiveAsync(Old)).Archived.ShouldBe(1);
        (await _cold.Store.Thread("old").VerifyAsync())!.IsIntact.ShouldBeTrue();
    }

    /// <summary>What is left of it here says that more of it is in the archive, which does not have it any more.</summary>
    [Fact]
    public async Task Redaction_BesideAForkWhoseErasureWasCutOff_EndsThat()
    {
        await _hot.CommitAsync("a", session => session.Say("a secret"));
        await _hot.Store.Thread("a").ForkAsync("fork");
        await _hot.CommitAsync("fork", session => session.Say("the same secret"));
        await _hot.CommitAsync("fork", session => session.Say("more"));
        _hot.Clock.Advance(TimeSpan.FromDays(60));
        await _hot.Store.ArchiveAsync(Old);
        _cold.Faults.Next(LogCall.Erase).FailsAfter();
        await Should.ThrowAsync<StoreUnavailableException>(async () => await _hot.Store.Thread("fork").EraseAsync());
        (await ArchivedStore.HeadsAsync(_hot, ThreadSpace.Trunks)).ShouldHaveSingleItem();

        (await _hot.Store.Thread("a").PlanRedactionAsync(new() { Pattern = "secret" }))!.Places.Select(place => place.ThreadId.Value).ShouldBe(["a"]);
        (await _hot.Store.Thread("a").RedactAsync(new() { Pattern = "secret" })).ShouldNotBeNull();

        (await ArchivedStore.HeadsAsync(_hot, ThreadSpace.Trunks)).ShouldBeEmpty();
        ((await ArchivedStore.EverythingAsync(_hot)) + (await ArchivedStore.EverythingAsync(_cold))).ShouldNotContain("secret");
    }

    [Fact]
    public async Task Trim_DropsInTheArchive()
    {
        for (var i = 1; i <= 600; i++)
        {
            await _hot.CommitAsync("old", session => session.Say($"text {i}"));
        }

        _hot.Clock.Advance(TimeSpan.FromDays(60));
        await _hot.Store.ArchiveAsync(Old);
        var thread = _hot.Store.Thread("old");
        await thread.LabelAsync("kept", 590);

        var plan = await thread.TrimAsync(new RetentionPolicy { KeepVersions = 256, MaxMessages = 10 });

        plan!.KeepFrom.ShouldBeGreaterThan(1);
        (await thread.GetInfoAsync())!.FirstVersion.ShouldBe(plan.KeepFrom);
        (await ArchivedStore.EverythingAsync(_cold)).ShouldNotContain("\"text 1\"");
        await Should.ThrowAsync<HistoryDroppedException>(async () => await _hot.Store.LoadAsync("old", 2));
        (await _hot.Store.LoadAsync("old", ThreadPoint.AtLabel("kept"))).ShouldNotBeNull();
        (await thread.VerifyAsync())!.IsIntact.ShouldBeTrue();

        for (var i = 1; i <= 600; i++)
        {
            await _hot.CommitAsync("old", session => session.Say($"later {i}"));
        }

        await thread.RemoveLabelAsync("kept");
        _hot.Clock.Advance(TimeSpan.FromDays(60));
        plan = await thread.TrimAsync(new RetentionPolicy { KeepVersions = 256, MaxMessages = 10 });
        plan!.KeepFrom.ShouldBeGreaterThan(602);
        var info = (await thread.GetInfoAsync())!;
        (info.FirstVersion, info.ArchivedBelow).ShouldBe((plan.KeepFrom, null));
        (await thread.VerifyAsync())!.IsIntact.ShouldBeTrue();
        (await ArchivedStore.EverythingAsync(_cold)).ShouldNotContain("text 3");
        _hot.Clock.Advance(TimeSpan.FromDays(60));
        (await _hot.Store.ArchiveAsync(Old)).ShouldSatisfyAllConditions(again => again.Archived.ShouldBe(1), again => again.Failures.ShouldBeEmpty());
        (await thread.VerifyAsync())!.IsIntact.ShouldBeTrue();
    }

    [Fact]
    public async Task Copies_AndBundles_HaveEverything()
    {
        await FillAsync();
        await _hot.Store.ArchiveAsync(Old);
        var (copy, imported) = (new TestStore(), new TestStore());

        await _hot.Store.CopyToAsync(copy.Store, new() { Threads = ["old"] });
        using var bundle = new MemoryStream();
        await _hot.Store.ExportAsync(bundle, new() { Threads = ["old"] });
        bundle.Position = 0;
        await imported.Store.ImportAsync(bundle);

        foreach (var other in new[] { copy, imported })
        {
            (await other.TextsAsync("old")).ShouldBe(["1", "2", "3"]);
            (await other.Store.LoadAsync("old", 2))!.Messages.Count.ShouldBe(2);
            (await other.Store.Thread("old").GetInfoAsync())!.ArchivedBelow.ShouldBeNull();
        }
    }

    [Fact]
    public async Task EraseUser_TakesWhatIsLeftInTheArchive()
    {
        await _hot.CommitAsync("hers", session => session.Say("1"), new() { UserId = "ada" });
        await _hot.CommitAsync("hers", session => session.Say("2"));
        await _hot.CommitAsync("lost", session => session.Say("1"), new() { UserId = "ada" });
        await _hot.CommitAsync("lost", session => session.Say("2"));
        _hot.Clock.Advance(TimeSpan.FromDays(60));
        await _hot.Store.ArchiveAsync(Old);

        // As a backend does that removes expired threads itself.
        await _hot.Memory.EraseAsync(ThreadKey.Of("lost"));
        (await _hot.Store.ArchiveAsync(Old with { CheckOrphans = true })).Orphans.ShouldBe(1);
        (await ArchivedStore.HeadsAsync(_cold, ThreadSpace.Threads)).Count.ShouldBe(2);

        await _hot.Store.EraseUserAsync("ada");

        (await ArchivedStore.HeadsAsync(_cold, ThreadSpace.Threads)).ShouldBeEmpty();
        (await _hot.Store.ArchiveAsync(Old with { CheckOrphans = true })).Orphans.ShouldBe(0);
    }

    [Fact]
    public async Task Orphans_AreErasedOnlyIfThatIsAskedFor()
    {
        await FillAsync();
        await _hot.Store.ArchiveAsync(Old);
        await _hot.Memory.EraseAsync(ThreadKey.Of("old"));

        (await _hot.Store.ArchiveAsync(Old with { RemoveOrphans = true, DryRun = true })).Orphans.ShouldBe(1);
        (await _cold.TextsAsync("old")).Count.ShouldBe(3);
        (await _hot.Store.ArchiveAsync(Old with { RemoveOrphans = true })).Orphans.ShouldBe(0);
        (await _cold.Store.Thread("old").GetInfoAsync()).ShouldBeNull();
        (await _cold.Store.Thread("asks").GetInfoAsync()).ShouldNotBeNull();
    }

    [Fact]
    public async Task Archive_OfAThreadThatIsChangedMeanwhile_LeavesIt()
    {
        await FillAsync();
        _cold.Log.AfterHeadRead = () => _hot.CommitAsync("old", session => session.Say("4"));

        var result = await _hot.Store.ArchiveAsync(Old with { Query = new() { IdPrefix = "old" } });

        (result.Archived, result.Skipped).ShouldBe((0, 1));
        (await _hot.TextsAsync("old")).Count.ShouldBe(4);
        (await _hot.EntriesAsync("old")).Count.ShouldBe(5);
    }

    [Fact]
    public async Task Archive_WhereAnotherThreadIsThere_LeavesIt()
    {
        await FillAsync();
        await _cold.CommitAsync("old", session => session.Say("another"));

        (await _hot.Store.ArchiveAsync(Old)).Failures.ShouldHaveSingleItem().Error.ShouldBeOfType<CommitConflictException>();

        (await _hot.TextsAsync("old")).Count.ShouldBe(3);
        (await _cold.TextsAsync("old")).ShouldBe(["another"]);
        await Should.ThrowAsync<ArgumentException>(async () => await _hot.Store.ArchiveAsync(Old with { OlderThan = TimeSpan.FromDays(-1) }));
        await Should.ThrowAsync<StateConfigurationException>(async () => await _cold.Store.ArchiveAsync(Old));
        Should.Throw<StateConfigurationException>(() => new AgentStateStore(_hot.Memory, new() { Archive = _hot.Memory }));
    }

    [Fact]
    public async Task Head_ThatSaysNonsenseOfAnArchive_IsDamage_AndHidesNoOtherThread()
    {
        await FillAsync();
        await _hot.Store.ArchiveAsync(Old);
        await _hot.Memory.UpdateHeadAsync(new() { Key = ThreadKey.Of("old"), Properties = new Dictionary<string, string?> { [HeadProperties.ArchivedTo] = "x" } });

        (await Should.ThrowAsync<CorruptStateException>(async () => await _hot.Store.OpenAsync("old"))).Message.ShouldContain("archived-to");
        (await _hot.Store.ListAsync().Select(thread => thread.Id.Value).ToListAsync()).ShouldBe(["new", "asks", "queued"], ignoreOrder: true);
        (await _hot.Store.VerifyAllAsync()).Damaged.ShouldHaveSingleItem().Key.ShouldBe(ThreadKey.Of("old"));

        await _hot.Store.Thread("old").EraseAsync(new() { Force = true });

        (await _hot.Memory.GetHeadAsync(ThreadKey.Of("old"))).ShouldBeNull();
        (await _cold.Memory.GetHeadAsync(ThreadKey.Of("old"))).ShouldBeNull();
    }

    [Fact]
    public async Task Trim_InAStoreWithoutTheArchive_FailsForTheThreadThatNeedsIt_AndGoesOn()
    {
        await FillAsync();
        await _hot.Store.ArchiveAsync(Old);
        await _hot.Memory.UpdateHeadAsync(new() { Key = ThreadKey.Of("asks"), Properties = new Dictionary<string, string?> { [HeadProperties.Dropping] = "1" } });

        var result = await new AgentStateStore(_hot.Memory, new() { TimeProvider = _hot.Clock }).TrimAsync(new RetentionPolicy { KeepVersions = 256 });

        (result.Threads, result.Failed).ShouldBe((4, 1));
    }

    /// <summary>Two names of one database are not told apart by the logs.</summary>
    [Fact]
    public async Task Archive_ThatIsTheStoreItself_IsRefused_AndNothingIsLost()
    {
        await FillAsync();
        var store = new AgentStateStore(_hot.Memory, new() { TimeProvider = _hot.Clock, Archive = _hot.Faults });

        for (var i = 0; i < 3; i++)
        {
            (await Should.ThrowAsync<StateConfigurationException>(async () => await store.ArchiveAsync(Old))).Message.ShouldContain("is the store itself");
        }

        (await _hot.TextsAsync("old")).ShouldBe(["1", "2", "3"]);
        await store.Thread("old").RedactAsync(new() { Pattern = "^2$" });
        (await _hot.TextsAsync("old")).ShouldBe(["1", "[redacted]", "3"]);
        (await _hot.Store.ArchiveAsync(Old with { Query = new() { IdPrefix = "asks" } })).Archived.ShouldBe(1);
        await store.Thread("old").EraseAsync();
        (await _hot.Memory.GetHeadAsync(ThreadKey.Of("old"))).ShouldBeNull();
    }

    [Fact]
    public async Task Archive_ThatLostAThread_IsTold()
    {
        await FillAsync();
        await _hot.Store.ArchiveAsync(Old);
        await _cold.Memory.EraseAsync(ThreadKey.Of("old"));

        (await Should.ThrowAsync<CorruptStateException>(async () => await _hot.Store.LoadAsync("old", 2))).Message.ShouldContain("archive");
        (await _hot.Store.VerifyAllAsync()).Damaged.ShouldHaveSingleItem();
        await _hot.CommitAsync("old", session => session.Variables.Set("still", "there"));
    }

    private Task FillAsync() => _both.FillAsync();
}
