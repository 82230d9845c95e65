using Holdfast.Logs;
using Holdfast.Testing;
using Holdfast.Tests.Chat;
using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.TimeMachine;

public sealed class RetentionTests
{
    private static readonly RetentionPolicy Least = new() { KeepVersions = 1 };
    private static readonly ThreadKey Key = ThreadKey.Of("a");
    private readonly TestStore _test = new();

    [Fact]
    public async Task Trim_DropsWhatNoRuleKeeps_AndTheChainVerifies()
    {
        await WorkAsync(600);
        _test.Clock.Advance(TimeSpan.FromDays(2));
        var plan = (await Thread.TrimAsync(Least))!;

        plan.DroppedVersions.ShouldBeGreaterThan(0);
        plan.KeepFrom.ShouldBeLessThanOrEqualTo(600 - 256 + 1);
        var info = (await Thread.GetInfoAsync())!;
        info.FirstVersion.ShouldBe(plan.KeepFrom);
        (await Thread.VerifyAsync())!.Problems.ShouldBeEmpty();
        (await _test.Store.LoadAsync("a"))!.Variables["n"].GetInt32().ShouldBe(600);
        (await _test.Store.LoadAsync("a", plan.KeepFrom))!.Variables["n"].GetInt64().ShouldBe(plan.KeepFrom);
        await _test.CommitAsync("a", session => session.Variables.Set("n", 601));
        (await Thread.VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task Trim_AfterACommitOfAMachineWhoseClockIsBehind_DropsNothingYoung()
    {
        await WorkAsync(600);
        var late = _test.Another(options => options.TimeProvider = new FakeTimeProvider(_test.Clock.GetUtcNow() - TimeSpan.FromDays(40)));
        await late.UpdateAsync("a", session => session.Variables.Set("n", 0));
        var policy = new RetentionPolicy { KeepFor = TimeSpan.FromDays(30) };
        var plan = (await Thread.PlanTrimAsync(policy))!;

        plan.DroppedVersions.ShouldBe(0);
        plan.Reasons.ShouldContain(reason => reason.Kind == RetentionKind.Age && reason.Version == 1 && reason.Text.Contains("a clock was wrong", StringComparison.Ordinal));
        (await Thread.TrimAsync(policy))!.DroppedVersions.ShouldBe(0);

        _test.Clock.Advance(TimeSpan.FromDays(31));
        (await Thread.TrimAsync(policy))!.DroppedVersions.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task Trim_AfterAMessageOfAMachineWhoseClockIsBehind_HidesNothingYoung()
    {
        await _test.CommitAsync("a", session => session.Say("old"));
        _test.Clock.Advance(TimeSpan.FromDays(60));
        await _test.CommitAsync("a", session => session.Say("young"));
        var late = _test.Another(options => options.TimeProvider = new FakeTimeProvider(_test.Clock.GetUtcNow() - TimeSpan.FromDays(40)));
        await late.UpdateAsync("a", session => session.Say("looks old"));
        await _test.CommitAsync("a", session => session.Say("newest"));

        (await Thread.TrimAsync(new() { MaxMessageAge = TimeSpan.FromDays(30) }))!.HiddenMessages.ShouldBe(1);

        (await _test.TextsAsync("a")).ShouldBe(["young", "looks old", "newest"]);
    }

    [Fact]
    public async Task Trim_AfterARestoreToANameWhoseRecordWasCarried_GoesOn()
    {
        await _test.CommitAsync("a", session => session.Records.Put("r", "first"));
        await WorkAsync(600, from: 2);
        _test.Clock.Advance(TimeSpan.FromDays(2));
        await Thread.TrimAsync(Least);
        (await Thread.ReadRecordAsync("r"))!.Value.GetString().ShouldBe("first", "it was carried");
        (await Thread.RestoreAsync(590)).RecordsNotRestored.ShouldBeEmpty();
        (await Thread.ReadRecordAsync("r"))!.Value.GetString().ShouldBe("first", "it is the same record, wherever it stands");

        await WorkAsync(1_200, from: 601);
        _test.Clock.Advance(TimeSpan.FromDays(2));

        (await Thread.TrimAsync(Least))!.DroppedVersions.ShouldBeGreaterThan(0);
        (await Thread.RestoreAsync(1_190)).RecordsNotRestored.ShouldBeEmpty();
        (await Thread.ReadRecordAsync("r"))!.Value.GetString().ShouldBe("first", "it was carried twice");
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Restore_ToARecordThatWasDropped_LeavesTheNameAsItIs_AndTells(bool isRemoved, bool isEmptied)
    {
        await WorkAsync(1);
        if (isEmptied)
        {
            await Thread.LabelAsync("first");
        }

        await _test.CommitAsync("a", session => session.Records.Put("r", "first"));
        await _test.CommitAsync("a", session => session.Records.Put("stays", "same"));
        await WorkAsync(200, from: 3);
        await Thread.LabelAsync("early");
        await WorkAsync(800, from: 202);
        await _test.CommitAsync("a", session =>
        {
            session.Records.Put("new", 1);
            if (isRemoved)
            {
                session.Records.Remove("r");
            }
            else
            {
                session.Records.Put("r", "second");
            }
        });
        _test.Clock.Advance(TimeSpan.FromDays(2));
        var plan = (await Thread.TrimAsync(Least))!;
        plan.Kept.ShouldAllBe(range => !range.Contains(isEmptied ? 3 : 2), "the label keeps its version, and not where the record stands");
        (plan.KeepFrom == 1, plan.EmptiedVersions > 0).ShouldBe((isEmptied, true));

        var commit = await Thread.RestoreAsync(ThreadPoint.AtLabel("early"));

        commit.RecordsNotRestored.ShouldBe(["r"]);
        (await Thread.ReadRecordAsync("r"))?.GetString().ShouldBe("second");
        (await Thread.ReadRecordAsync("r") is null).ShouldBe(isRemoved);
        (await Thread.ReadRecordAsync("stays"))!.Value.GetString().ShouldBe("same");
        (await Thread.ReadRecordAsync("new")).ShouldBeNull();
        (await _test.Store.LoadAsync("a"))!.Variables["n"].GetInt32().ShouldBe(200);
        (await Thread.LogAsync().FirstAsync()).RecordsNotRestored.ShouldBeEmpty("it is told by the restore");
        (await Thread.RestoreAsync(ThreadPoint.AtLabel("early"))).ShouldSatisfyAllConditions(again => again.IsEmpty.ShouldBeTrue(), again => again.RecordsNotRestored.ShouldBe(["r"]));
        (await Thread.VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task Trim_OfAThreadThatIsErasedAndBegunAgainMeanwhile_SaysNothingOfDamage()
    {
        var begun = 0;
        for (var read = 1; begun == read - 1; read++)
        {
            var test = new TestStore();
            await WorkAsync(test, 600);
            test.Clock.Advance(TimeSpan.FromDays(2));
            test.Faults.Nth(read, LogCall.Read).RunsBefore(async () =>
            {
                begun++;
                var other = new AgentStateStore(test.Memory, new() { TimeProvider = test.Clock });
                await other.Thread("a").EraseAsync();
                await other.UpdateAsync("a", session => session.Variables.Set("n", 1));
            });

            await test.Store.Thread("a").TrimAsync(Least);
        }

        begun.ShouldBeGreaterThan(1, "it reads the thread to find a keyframe, and to verify it");
    }

    [Fact]
    public async Task AVersionThatWasDropped_IsToldAsDropped_WithTheTime()
    {
        await WorkAsync(600);
        _test.Clock.Advance(TimeSpan.FromDays(2));
        await Thread.TrimAsync(Least);

        var error = await Should.ThrowAsync<HistoryDroppedException>(async () => await _test.Store.LoadAsync("a", 3));
        error.DroppedAt.ShouldNotBeNull().ShouldBe(_test.Clock.GetUtcNow(), TimeSpan.FromSeconds(1));
        error.Message.ShouldContain("by retention");
        await Should.ThrowAsync<HistoryDroppedException>(async () => await Thread.RestoreAsync(3));
    }

    [Fact]
    public async Task Plan_SaysWhatStaysAndWhy_AndChangesNothing()
    {
        await WorkAsync(600);
        _test.Clock.Advance(TimeSpan.FromDays(2));
        await Thread.LabelAsync("before refund", 120);
        var head = await _test.Memory.GetHeadAsync(Key);
        var plan = (await Thread.PlanTrimAsync(Least))!;

        plan.Reasons[0].ShouldBe(new RetentionReason(RetentionKind.Label, 120, "version 120 has the label 'before refund'") { To = 120 });
        plan.KeepFrom.ShouldBeLessThanOrEqualTo(120);
        (await _test.Memory.GetHeadAsync(Key)).ShouldBe(head);
        await Thread.TrimAsync(Least);
        (await _test.Store.LoadAsync("a", 120))!.Variables["n"].GetInt32().ShouldBe(120);
    }

    [Fact]
    public async Task WithoutRules_EverythingStays()
    {
        await WorkAsync(600);
        _test.Clock.Advance(TimeSpan.FromDays(2000));

        (await Thread.TrimAsync(RetentionPolicy.Everything))!.IsEmpty.ShouldBeTrue();
        (await Thread.TrimAsync(Least.For(ThreadStatus.Idle, RetentionPolicy.Everything)))!.IsEmpty.ShouldBeTrue();
        (await Thread.GetInfoAsync())!.FirstVersion.ShouldBe(1);
    }

    [Fact]
    public async Task WhatIsYoungerThanADay_Stays()
    {
        await WorkAsync(600);
        _test.Clock.Advance(TimeSpan.FromHours(23));

        (await Thread.TrimAsync(new() { KeepVersions = 1, KeepFor = TimeSpan.FromMinutes(1) }))!.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task MessagesThatAreVisible_KeepTheirVersions()
    {
        await _test.CommitAsync("a", session => session.Say("first"));
        await WorkAsync(600, from: 2);
        _test.Clock.Advance(TimeSpan.FromDays(2));

        var plan = (await Thread.TrimAsync(Least))!;
        plan.IsEmpty.ShouldBeTrue();
        plan.Reasons[0].Kind.ShouldBe(RetentionKind.Messages);
        (await _test.TextsAsync("a")).ShouldBe(["first"]);
    }

    [Fact]
    public async Task MaxMessages_HidesTheOlderOnes_AndDropsTheirVersions()
    {
        for (var i = 1; i <= 700; i++)
        {
            var text = $"m{i} {new string('x', 200)}";
            await _test.CommitAsync("a", session => session.Say(text));
        }

        _test.Clock.Advance(TimeSpan.FromDays(2));
        var plan = (await Thread.TrimAsync(new() { MaxMessages = 10 }))!;

        (plan.HiddenMessages, plan.DroppedVersions > 0).ShouldBe((690, true));
        (await _test.TextsAsync("a")).Select(text => text.Split(' ')[0]).ShouldBe(Enumerable.Range(691, 10).Select(i => $"m{i}"));
        (await Thread.GetInfoAsync())!.FirstVersion.ShouldBe(plan.KeepFrom);
        (await Thread.VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task MaxMessageAge_KeepsTheYoungOnes()
    {
        await _test.CommitAsync("a", session => session.Say("old"));
        _test.Clock.Advance(TimeSpan.FromDays(10));
        await _test.CommitAsync("a", session => session.Say("young"));

        (await Thread.TrimAsync(new() { MaxMessageAge = TimeSpan.FromDays(5) }))!.HiddenMessages.ShouldBe(1);
        (await _test.TextsAsync("a")).ShouldBe(["young"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ATurnThatWaits_KeepsWhatWasSaidInIt(bool byAge)
    {
        await _test.CommitAsync("a", session => session.Say("earlier"));
        await RefundAsync();
        _test.Clock.Advance(TimeSpan.FromDays(10));

        (await Thread.TrimAsync(byAge ? new() { MaxMessageAge = TimeSpan.FromDays(5) } : new() { MaxMessages = 1 }))!.HiddenMessages.ShouldBe(1);

        var asked = await _test.Store.Interrupts.ListAsync().SingleAsync();
        await _test.Store.Interrupts.AnswerAsync(asked.Id, InterruptAnswer.Accept("ann"));
        (await RefundAsync()).Received.ShouldHaveSingleItem()[0].Text.ShouldBe("refund 20");
    }

    [Fact]
    public async Task Records_ThatAreStillFoundByName_AreCarriedForward()
    {
        await _test.CommitAsync("a", session => session.Records.Put("plan", new { step = 1 }));
        await WorkAsync(600, from: 2);
        _test.Clock.Advance(TimeSpan.FromDays(2));
        var plan = (await Thread.TrimAsync(Least))!;

        plan.CarriedRecords.ShouldBe(["plan"]);
        plan.DroppedVersions.ShouldBeGreaterThan(0);
        (await (await _test.Store.OpenAsync("a")).Records.GetJsonAsync("plan"))!.Value.GetProperty("step").GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task AThreadWithAFork_KeepsWhatTheForkShows()
    {
        await WorkAsync(600);
        _test.Clock.Advance(TimeSpan.FromDays(2));
        await _test.Memory.UpdateHeadAsync(new HeadUpdate { Key = Key, AddPins = [new Pin { Key = ThreadKey.Of("fork"), Life = CommitId.New(TimeProvider.System), From = 40, To = 90 }] });
        var plan = (await Thread.TrimAsync(Least))!;

        plan.Reasons[0].Kind.ShouldBe(RetentionKind.Fork);
        (await Thread.GetInfoAsync())!.FirstVersion.ShouldBeLessThanOrEqualTo(40);
    }

    [Fact]
    public async Task AFork_IsTrimmed_WithoutWhatItShowsOfItsSource_AndTheSourceNotBelowIt()
    {
        await _test.CommitAsync("a", session => session.Say("one", "two"));
        await WorkAsync(400, from: 2);
        await Thread.ForkAsync("b", new() { At = 300 });
        await WorkAsync(_test, 1000, from: 301, thread: "b");
        _test.Clock.Advance(TimeSpan.FromDays(2));
        var fork = _test.Store.Thread("b");

        (await fork.TrimAsync(Least))!.IsEmpty.ShouldBeTrue("messages of its source are visible");
        (await fork.TrimAsync(Least with { MaxMessages = 1 }))!.HiddenMessages.ShouldBe(1);
        (await _test.TextsAsync("b")).ShouldBe(["two"]);
        await _test.CommitAsync("b", session => session.History.Clear());
        (await fork.TrimAsync(Least))!.DroppedVersions.ShouldBeGreaterThan(0);
        (await fork.VerifyAsync())!.Problems.ShouldBeEmpty();
        await _test.CommitAsync("b", session => session.Say("three"));
        (await _test.TextsAsync("b")).ShouldBe(["three"]);
        (await Thread.TrimAsync(Least with { MaxMessages = 1 }))!.DroppedVersions.ShouldBe(0);
        (await _test.TextsAsync("a")).ShouldBe(["two"]);
    }

    [Fact]
    public async Task AThreadThatOthersWriteAllTheTime_IsGivenUp_AndNothingIsLost()
    {
        var test = new TestStore(options => options.MaxUpdateAttempts = 5);
        await test.CommitAsync("a", session => session.Say("0", "0"));
        var writer = new AgentStateStore(test.Memory, new() { TimeProvider = test.Clock });
        var written = 0;
        test.Log.AfterHeadRead = WriteAsync;

        await Should.ThrowAsync<CommitConflictException>(async () => await test.Store.Thread("a").TrimAsync(new() { MaxMessages = 1 }));
        (await writer.LoadAsync("a"))!.Messages[^1].Text.ShouldBe($"{written}");

        async Task WriteAsync()
        {
            (++written).ShouldBeLessThan(50, "it comes to an end");
            await writer.UpdateAsync("a", session => session.Say($"{written}"));
            test.Log.AfterHeadRead = WriteAsync;
        }
    }

    [Fact]
    public async Task Trim_ReadsTheThreadOnce()
    {
        await WorkAsync(2_000);
        _test.Clock.Advance(TimeSpan.FromDays(2));
        var stored = (await _test.EntriesAsync("a")).Sum(entry => entry.Body.Length);
        _test.Log.Reset();

        (await Thread.TrimAsync(Least))!.DroppedVersions.ShouldBeGreaterThan(0);

        _test.Log.BytesRead.ShouldBeInRange(stored, stored * 3 / 2);
    }

    [Fact]
    public async Task ADamagedThread_IsNotTrimmed()
    {
        await WorkAsync(600);
        _test.Clock.Advance(TimeSpan.FromDays(2));
        await _test.Memory.RewriteAsync(new RewriteRequest { Key = Key, Replacements = new Dictionary<long, ReadOnlyMemory<byte>> { [50] = "{}"u8.ToArray() } });

        await Should.ThrowAsync<CorruptStateException>(async () => await Thread.PlanTrimAsync(Least));
        await Should.ThrowAsync<CorruptStateException>(async () => await Thread.TrimAsync(Least));
        (await _test.Memory.GetHeadAsync(Key))!.FirstVersion.ShouldBe(1);
        var result = await _test.Store.TrimAsync(Least);
        (result.Failed, result.Versions).ShouldBe((1, 0));
    }

    [Fact]
    public async Task ATrim_ThatIsCutOffAnywhere_LosesNothing_AndIsRunAgain()
    {
        for (var failure = 0; ; failure++)
        {
            var test = new TestStore();
            await test.CommitAsync("a", session => session.Records.Put("plan", new { step = 1 }));
            await WorkAsync(test, 600, from: 2);
            test.Clock.Advance(TimeSpan.FromDays(2));
            test.Faults.Nth(failure + 1, LogCall.Any).FailsBefore();
            var cutOff = await Record.ExceptionAsync(async () => await test.Store.Thread("a").TrimAsync(Least));
            test.Faults.Heal();
            await test.Store.Thread("a").TrimAsync(Least);

            (await test.Store.Thread("a").VerifyAsync())!.Problems.ShouldBeEmpty();
            (await test.Store.Thread("a").GetInfoAsync())!.FirstVersion.ShouldBeGreaterThan(1);
            (await (await test.Store.OpenAsync("a")).Records.GetJsonAsync("plan"))!.Value.GetProperty("step").GetInt32().ShouldBe(1);
            if (cutOff is null)
            {
                failure.ShouldBeGreaterThan(4);
                return;
            }
        }
    }

    [Theory, InlineData(7), InlineData(8)]
    public async Task ALoad_BesideATrim_IsOfTheVersion_WithTheMessagesThatAreLeft(long version)
    {
        for (var call = 1; ; call++)
        {
            var test = new TestStore();
            for (var i = 1; i <= 8; i++)
            {
                await test.CommitAsync("a", session => session.Say(i == 5 ? new string('x', 17_000) : $"{i}"));
            }

            var dropped = false;
            test.Faults.Nth(call, LogCall.Any).RunsBefore(async () => dropped = await test.Memory.RewriteAsync(new() { Key = Key, DropBelow = 6 }));

            var state = (await test.Store.LoadAsync("a", version))!;

            (state.Version, state.Messages.Count, state.IsPartial).ShouldBeOneOf((version, (int)version, false), (version, (int)version - 5, true));
            if (!dropped)
            {
                call.ShouldBeGreaterThan(2);
                return;
            }
        }
    }

    [Fact]
    public async Task TheStore_TrimsWhatIsLong_AndOnlyCountsInADryRun()
    {
        await WorkAsync(600);
        await _test.CommitAsync("short", session => session.Variables.Set("n", 1));
        _test.Clock.Advance(TimeSpan.FromDays(2));
        var told = new List<RetentionPlan>();
        var dry = await _test.Store.TrimAsync(Least, new() { DryRun = true, Progress = new Told(told) });

        (dry.Threads, dry.Trimmed, dry.Versions > 0, dry.IsDryRun).ShouldBe((2, 1, true, true));
        (await Thread.GetInfoAsync())!.FirstVersion.ShouldBe(1);
        (await _test.Store.TrimAsync(Least)).Versions.ShouldBe(dry.Versions);
        told.ShouldHaveSingleItem().ThreadId.Value.ShouldBe("a");
    }

    [Fact]
    public void APolicyOutOfRange_TellsAll()
        => Should.Throw<ArgumentException>(() => Thread.TrimAsync(new() { KeepVersions = 0, KeepFor = TimeSpan.Zero, MaxMessages = 0, MaxMessageAge = TimeSpan.Zero }).AsTask())
            .Message.ShouldContain("MaxMessageAge");

    private ThreadHandle Thread => _test.Store.Thread("a");

    private Task WorkAsync(int to, int from = 1) => WorkAsync(_test, to, from);

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

    private async Task<ScriptedModel> RefundAsync()
    {
        var model = new ScriptedModel(messages => messages[^1].Role == ChatRole.User
            ? new(new ChatMessage(ChatRole.Assistant, [new FunctionCallContent("call_1", "refund", new Dictionary<string, object?> { ["amount"] = 20 })]))
            : new(new ChatMessage(ChatRole.Assistant, "done")));
        await using var turn = await Thread.BeginTurnAsync("refund 20", new() { Key = "k" });
        try
        {
            await turn.ReplyAsync(model, new() { Tools = [DurableFunction.Create((decimal amount) => $"receipt {amount}", new() { Name = "refund", RequiresApproval = true })] });
        }
        catch (TurnSuspendedException)
        {
        }

        await turn.CompleteAsync();
        return model;
    }

    private sealed class Told(List<RetentionPlan> plans) : IProgress<RetentionPlan>
    {
        public void Report(RetentionPlan value) => plans.Add(value);
    }
}
