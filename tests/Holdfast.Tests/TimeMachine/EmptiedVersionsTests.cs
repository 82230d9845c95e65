using Holdfast.Logs;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.TimeMachine;

/// <summary>What retention drops between versions that stay: the bodies are emptied, the entries and their chain stay.</summary>
public sealed class EmptiedVersionsTests
{
    private static readonly RetentionPolicy Least = new() { KeepVersions = 1 };
    private static readonly ThreadKey Key = ThreadKey.Of("a");
    private readonly TestStore _test = new();

    private ThreadHandle Thread => _test.Store.Thread("a");

    [Fact]
    public async Task ALabel_KeepsWhatFoldsItsVersion_AndNothingAfterIt()
    {
        await WorkAsync(_test, 700);
        await Thread.LabelAsync("before refund", 150);
        _test.Clock.Advance(TimeSpan.FromDays(2));
        var planned = (await Thread.PlanTrimAsync(Least))!;
        var plan = (await Thread.TrimAsync(Least))!;

        plan.Kept.ShouldBe(planned.Kept);
        plan.Kept.Count.ShouldBe(2);
        (plan.Kept[0].To, plan.Kept[1].To, plan.Kept[0].From).ShouldBe((150, 701, plan.KeepFrom));
        plan.EmptiedVersions.ShouldBe(plan.Kept[1].From - 151);
        await ExpectAsync(plan);
        (await _test.Store.LoadAsync("a", ThreadPoint.AtLabel("before refund")))!.Variables["n"].GetInt32().ShouldBe(150);
        (await Thread.PlanTrimAsync(Least))!.IsEmpty.ShouldBeTrue();
        (await Thread.RestoreAsync(ThreadPoint.AtLabel("before refund"))).Restores.ShouldBe(150);
        (await _test.Store.LoadAsync("a"))!.Variables["n"].GetInt32().ShouldBe(150);
    }

    [Fact]
    public async Task AVersionThatWasEmptied_IsToldAsDropped_WhereverItIsAskedFor()
    {
        await WorkAsync(_test, 600);
        await Thread.LabelAsync("good", 10);
        var time = _test.Clock.GetUtcNow();
        _test.Clock.Advance(TimeSpan.FromDays(2));
        await Thread.TrimAsync(Least);

        var error = await Should.ThrowAsync<HistoryDroppedException>(async () => await _test.Store.LoadAsync("a", 100));
        (error.Version, error.FirstVersion).ShouldBe((100, 1));
        error.DroppedAt.ShouldNotBeNull().ShouldBe(_test.Clock.GetUtcNow(), TimeSpan.FromSeconds(1));
        await Should.ThrowAsync<HistoryDroppedException>(async () => await Thread.RestoreAsync(100));
        await Should.ThrowAsync<HistoryDroppedException>(async () => await Thread.ForkAsync("b", new() { At = 100 }));
        await Should.ThrowAsync<HistoryDroppedException>(async () => await Thread.DiffAsync(100));
        await Should.ThrowAsync<HistoryDroppedException>(async () => await Thread.LabelAsync("late", 100));
        await Should.ThrowAsync<HistoryDroppedException>(async () => await Thread.CherryPickAsync("a", 100));
        (await Thread.LabelAsync("more", 9)).Version.ShouldBe(9);
        (await _test.Store.LoadAsync("a", ThreadPoint.AtTime(time)))!.Variables["n"].GetInt32().ShouldBe(600);
    }

    [Fact]
    public async Task TheLog_HasNoHole()
    {
        await WorkAsync(_test, 600);
        await Thread.LabelAsync("good", 10);
        _test.Clock.Advance(TimeSpan.FromDays(2));
        var before = await Thread.LogAsync().ToListAsync(TestContext.Current.CancellationToken);
        var plan = (await Thread.TrimAsync(Least))!;
        var after = await Thread.LogAsync().ToListAsync(TestContext.Current.CancellationToken);

        after.Select(commit => (commit.Version, commit.CommitId, commit.At)).ShouldBe(before.Select(commit => (commit.Version, commit.CommitId, commit.At)));
        after.Where(commit => commit.IsDropped).Select(commit => commit.Version).ShouldBe(Enumerable.Range(11, (int)plan.EmptiedVersions).Select(version => (long)version).Reverse());
        (await Thread.LogAsync(new() { Changed = "variables" }).CountAsync(TestContext.Current.CancellationToken)).ShouldBe(after.Count(commit => !commit.IsDropped) - 1);
    }

    [Fact]
    public async Task AWatch_IsToldOfTheStretchOnce_AlsoFromAPositionWithinIt()
    {
        await WorkAsync(_test, 600);
        await Thread.LabelAsync("good", 10);
        _test.Clock.Advance(TimeSpan.FromDays(2));
        var positions = await Thread.WatchAsync(ThreadPosition.Beginning).Take(601).Select(told => told.Position).ToListAsync(TestContext.Current.CancellationToken);
        var plan = (await Thread.TrimAsync(Least))!;

        var told = await Thread.WatchAsync(ThreadPosition.Beginning).Take(12).ToListAsync(TestContext.Current.CancellationToken);
        told[..10].ShouldAllBe(one => one is ThreadCommitted);
        var gap = told[10].ShouldBeOfType<VersionsDropped>();
        (gap.From, gap.To, gap.Position).ShouldBe((11, plan.Kept[1].From - 1, positions[(int)gap.To - 1]));
        told[11].ShouldBeOfType<ThreadCommitted>().Commit.ShouldSatisfyAllConditions(commit => commit.IsKeyframe.ShouldBeTrue(), commit => commit.Version.ShouldBe(gap.To + 1));
        var late = await Thread.WatchAsync(positions[99]).Take(2).ToListAsync(TestContext.Current.CancellationToken);
        late[0].ShouldBeOfType<VersionsDropped>().From.ShouldBe(101);
        late[1].Position.ShouldBe(told[11].Position);
    }

    [Fact]
    public async Task MessagesOfALabelledVersion_ThatWereDropped_AreToldAsDropped_NeverLeftOut()
    {
        for (var i = 1; i <= 300; i++)
        {
            var text = $"m{i} {new string('x', 300)}";
            await _test.CommitAsync("a", session => session.Say(text));
        }

        await Thread.LabelAsync("good", 290);
        await _test.CommitAsync("a", session => session.History.Clear());
        await WorkAsync(_test, 700, from: 303);
        _test.Clock.Advance(TimeSpan.FromDays(2));
        var plan = (await Thread.TrimAsync(Least))!;

        plan.EmptiedVersions.ShouldBeGreaterThan(0);
        var state = (await _test.Store.LoadAsync("a", 290))!;
        (state.IsPartial, state.Messages.Count).ShouldBe((true, (int)(290 - plan.KeepFrom + 1)));
        await Thread.RestoreAsync(290);
        await Should.ThrowAsync<HistoryDroppedException>(async () => await _test.TextsAsync("a"));
        (await _test.Store.LoadAsync("a"))!.IsPartial.ShouldBeTrue();
        await _test.CommitAsync("a", session => session.Say("on"));
        (await _test.Store.LoadAsync("a"))!.Messages[^1].Text.ShouldBe("on");
        (await Thread.TrimAsync(Least))!.ThreadId.Value.ShouldBe("a");
        (await Thread.VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task WhatASummaryStandsFor_Goes_BehindAMessageThatStays()
    {
        for (var i = 0; i < 500; i++)
        {
            var text = i == 0 ? "You are kind." : $"secret {i} {new string('x', 300)}";
            await _test.CommitAsync("a", session => session.Say(text));
        }

        var open = await _test.Store.OpenAsync("a");
        await open.History.SummarizeAsync(1..495, "It was told.");
        await open.CommitAsync();
        await WorkAsync(_test, 800, from: 502);
        _test.Clock.Advance(TimeSpan.FromDays(2));
        var plan = (await Thread.TrimAsync(Least))!;

        (plan.Kept[0].From, plan.EmptiedVersions > 300).ShouldBe((1, true));
        (await _test.TextsAsync("a"))[..2].ShouldBe(["You are kind.", "It was told."]);
        (await _test.BodiesAsync("a")).ShouldNotContain(body => body.Contains("secret 99 ", StringComparison.Ordinal));
        await ExpectAsync(plan);
    }

    [Fact]
    public async Task WhatAForkShows_StaysWhole_AndWhatLiesAroundItGoes()
    {
        await WorkAsync(_test, 300);
        await _test.CommitAsync("a", session => session.Say("for the fork"));
        await Thread.ForkAsync("b", new() { At = 301 });
        await _test.CommitAsync("a", session => session.History.Clear());
        await WorkAsync(_test, 800, from: 303);
        _test.Clock.Advance(TimeSpan.FromDays(2));
        var plan = (await Thread.TrimAsync(Least))!;

        plan.EmptiedVersions.ShouldBeGreaterThan(0);
        plan.Kept[0].Contains(301).ShouldBeTrue();
        await ExpectAsync(plan);
        (await _test.TextsAsync("b")).ShouldBe(["for the fork"]);
        (await _test.Store.Thread("b").VerifyAsync())!.Problems.ShouldBeEmpty();
        await Thread.EraseAsync();
        (await _test.TextsAsync("b")).ShouldBe(["for the fork"]);
    }

    [Fact]
    public async Task ALabelThatIsRemoved_LetsItsVersionsGo_AndThePrefixIsDroppedWhole()
    {
        await WorkAsync(_test, 600);
        await Thread.LabelAsync("early", 5);
        await Thread.LabelAsync("late", 300);
        _test.Clock.Advance(TimeSpan.FromDays(2));
        (await Thread.TrimAsync(Least))!.Kept.Count.ShouldBe(3);
        await Thread.RemoveLabelAsync("early");
        var plan = (await Thread.TrimAsync(Least))!;

        (plan.Kept.Count, plan.FirstVersion, plan.EmptiedVersions).ShouldBe((2, 1, 0));
        (await Thread.GetInfoAsync())!.FirstVersion.ShouldBe(plan.KeepFrom);
        await ExpectAsync(plan);
        await Thread.RemoveLabelAsync("late");
        (await Thread.TrimAsync(Least))!.Kept.Count.ShouldBe(1);
        (await Thread.VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task DamageInAnEmptiedVersion_IsFound()
    {
        await WorkAsync(_test, 600);
        await Thread.LabelAsync("good", 10);
        _test.Clock.Advance(TimeSpan.FromDays(2));
        await Thread.TrimAsync(Least);
        await _test.Memory.RewriteAsync(new RewriteRequest { Key = Key, Replacements = new Dictionary<long, ReadOnlyMemory<byte>> { [100] = "{\"v\":1,\"dropped\":1}"u8.ToArray() } });

        (await Thread.VerifyAsync())!.Problems.Select(problem => problem.Version).ShouldBe([100]);
    }

    [Fact]
    public async Task ADamagedThread_WithEmptiedVersions_IsRecovered()
    {
        await WorkAsync(_test, 600);
        await Thread.LabelAsync("good", 10);
        _test.Clock.Advance(TimeSpan.FromDays(2));
        var plan = (await Thread.TrimAsync(Least))!;
        await _test.Memory.RewriteAsync(new RewriteRequest { Key = Key, Replacements = new Dictionary<long, ReadOnlyMemory<byte>> { [plan.Kept[1].From + 3] = "{}"u8.ToArray() } });
        using var quarantine = new MemoryStream();
        var report = (await Thread.RecoverAsync(new() { Quarantine = quarantine }))!;

        report.LastKept.ShouldBe(601);
        (await Thread.VerifyAsync())!.Problems.ShouldBeEmpty();
        (await _test.Store.LoadAsync("a"))!.Variables["n"].GetInt32().ShouldBe(600);
        await Should.ThrowAsync<HistoryDroppedException>(async () => await _test.Store.LoadAsync("a", 10));
        (await Thread.PlanTrimAsync(Least))!.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task ATrimmedThread_IsCopied_Exported_AndImported_AsItIs()
    {
        await WorkAsync(_test, 600);
        await Thread.LabelAsync("good", 10);
        _test.Clock.Advance(TimeSpan.FromDays(2));
        var plan = (await Thread.TrimAsync(Least))!;
        var (copy, imported) = (new TestStore(), new TestStore());
        using var bundle = new MemoryStream();

        (await _test.Store.CopyToAsync(copy.Store)).Failures.ShouldBeEmpty();
        (await _test.Store.ExportAsync(bundle)).Failures.ShouldBeEmpty();
        bundle.Position = 0;
        (await imported.Store.ImportAsync(bundle)).Failures.ShouldBeEmpty();
        foreach (var other in new[] { copy, imported })
        {
            (await other.EntriesAsync("a")).Select(entry => entry.StoredHash).ShouldBe((await _test.EntriesAsync("a")).Select(entry => entry.StoredHash));
            (await other.Store.Thread("a").VerifyAsync())!.Problems.ShouldBeEmpty();
            (await other.Store.LoadAsync("a", 10))!.Variables["n"].GetInt32().ShouldBe(10);
            await Should.ThrowAsync<HistoryDroppedException>(async () => await other.Store.LoadAsync("a", 100));
        }

        plan.EmptiedVersions.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task ASessionThatSlept_WhileWhatOthersCommittedWasEmptied_HasAConflict()
    {
        await WorkAsync(_test, 10);
        await Thread.LabelAsync("good", 10);
        var session = await _test.Store.OpenAsync("a");
        session.Variables.Set("mine", 1);
        await WorkAsync(_test, 700, from: 12);
        _test.Clock.Advance(TimeSpan.FromDays(2));
        (await Thread.TrimAsync(Least))!.EmptiedVersions.ShouldBeGreaterThan(0);

        await Should.ThrowAsync<CommitConflictException>(async () => await session.CommitAsync());
        await _test.Store.UpdateAsync("a", other => other.Variables.Set("mine", 1));
    }

    [Fact]
    public async Task ATrim_ThatIsCutOffAnywhere_KeepsWhatThePlanKeeps_AndIsRunAgain()
    {
        for (var failure = 0; ; failure++)
        {
            var test = new TestStore();
            await WorkAsync(test, 100);
            await test.CommitAsync("a", session => session.Records.Put("plan", new { step = 1 }));
            await WorkAsync(test, 450, from: 102);
            await test.Store.Thread("a").LabelAsync("good", 70);
            await test.Store.Thread("a").LabelAsync("better", 71);
            test.Clock.Advance(TimeSpan.FromDays(2));
            test.Faults.Nth(failure + 1, LogCall.Any).FailsBefore();
            var cutOff = await Record.ExceptionAsync(async () => await test.Store.Thread("a").TrimAsync(Least));
            test.Faults.Heal();
            (await test.Store.LoadAsync("a", 70))!.Variables["n"].GetInt32().ShouldBe(70);
            var plan = (await test.Store.Thread("a").TrimAsync(Least))!;

            (await test.Store.Thread("a").VerifyAsync())!.Problems.ShouldBeEmpty();
            (await test.Store.LoadAsync("a", 71))!.Variables["n"].GetInt32().ShouldBe(71);
            await Should.ThrowAsync<HistoryDroppedException>(async () => await test.Store.LoadAsync("a", 102));
            (await (await test.Store.OpenAsync("a")).Records.GetJsonAsync("plan"))!.Value.GetProperty("step").GetInt32().ShouldBe(1);
            if (cutOff is null)
            {
                failure.ShouldBeGreaterThan(6);
                return;
            }
        }
    }

    [Fact]
    public async Task ALabelThatComesMeanwhile_IsNotEmptied()
    {
        await WorkAsync(_test, 600);
        await Thread.LabelAsync("good", 10);
        _test.Clock.Advance(TimeSpan.FromDays(2));
        _test.Faults.Next(LogCall.Rewrite).RunsBefore(async () => await new AgentStateStore(_test.Memory, new() { TimeProvider = _test.Clock }).Thread("a").LabelAsync("late", 100));
        var plan = (await Thread.TrimAsync(Least))!;

        plan.Kept.Count.ShouldBe(3);
        (await _test.Store.LoadAsync("a", 100))!.Variables["n"].GetInt32().ShouldBe(100);
        (await Thread.VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    // Every version that the plan keeps is the state that was there; every other one is told as dropped.
    private async Task ExpectAsync(RetentionPlan plan)
    {
        for (var version = 1L; version <= plan.Version; version++)
        {
            if (plan.Kept.Any(range => range.Contains(version)))
            {
                var state = (await _test.Store.LoadAsync("a", version))!;
                state.Version.ShouldBe(version);
            }
            else
            {
                (await Should.ThrowAsync<HistoryDroppedException>(async () => await _test.Store.LoadAsync("a", version))).Version.ShouldBe(version);
            }
        }

        var text = (await _test.EntriesAsync("a")).Where(entry => !plan.Kept.Any(range => range.Contains(entry.Version))).Select(entry => System.Text.Encoding.UTF8.GetString(entry.Body.Span));
        text.ShouldAllBe(body => body == "{\"v\":1,\"dropped\":true}");
        (await Thread.VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    private static async Task WorkAsync(TestStore test, int to, int from = 1, string thread = "a")
    {
        var session = await test.Store.OpenAsync(thread);
        for (var i = from; i <= to; i++)
        {
            session.Variables.Set("n", i);
            session.Variables.Set("filler", new string('x', 200) + i);
            await session.CommitAsync();
        }
    }
}
