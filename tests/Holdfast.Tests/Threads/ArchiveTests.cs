using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Threads;

public sealed class ArchiveTests
{
    private static readonly ArchiveOptions Old = new() { OlderThan = TimeSpan.FromDays(30) };

    private readonly TestStore _hot = new();
    private readonly TestStore _cold = new();

    [Fact]
    public async Task Archive_MovesWhatIsOld_Whole_AndNothingElse()
    {
        await FillAsync();

        (await _hot.Store.ArchiveAsync(_cold.Store, Old with { DryRun = true })).ShouldSatisfyAllConditions(plan => plan.Archived.ShouldBe(1), plan => plan.IsDryRun.ShouldBeTrue());
        var result = await _hot.Store.ArchiveAsync(_cold.Store, Old);

        (result.Archived, result.Skipped, result.IsComplete).ShouldBe((1, 0, true));
        (await _hot.Store.Thread("old").GetInfoAsync()).ShouldBeNull();
        (await _hot.Store.ListAsync().Select(thread => thread.Id.Value).ToListAsync()).ShouldBe(["new", "asks", "queued"], ignoreOrder: true);
        (await _cold.TextsAsync("old")).ShouldBe(["1", "2", "3"]);
        (await _cold.Store.Thread("old").VerifyAsync())!.IsIntact.ShouldBeTrue();
        (await _hot.Store.ArchiveAsync(_cold.Store, Old with { IncludeWaiting = true })).Archived.ShouldBe(1);
        (await _cold.Store.Thread("asks").GetInfoAsync()).ShouldNotBeNull();
    }

    [Fact]
    public async Task Thread_ThatWasArchived_ComesBackByACopy()
    {
        await FillAsync();
        await _hot.Store.ArchiveAsync(_cold.Store, Old);

        (await _cold.Store.CopyToAsync(_hot.Store, new() { Threads = ["old"] })).Copied.ShouldBe(1);

        await _hot.CommitAsync("old", session => session.Say("4"));
        (await _hot.TextsAsync("old")).ShouldBe(["1", "2", "3", "4"]);
        _cold.Clock.Advance(TimeSpan.FromDays(60));
        _hot.Clock.Advance(TimeSpan.FromDays(60));
        (await _hot.Store.ArchiveAsync(_cold.Store, Old)).Archived.ShouldBe(2);
        (await _cold.TextsAsync("old")).Count.ShouldBe(4);
    }

    [Fact]
    public async Task Archive_OfAThreadThatIsChangedMeanwhile_LeavesIt()
    {
        await FillAsync();
        _cold.Log.AfterHeadRead = () => _hot.CommitAsync("old", session => session.Say("4"));

        var result = await _hot.Store.ArchiveAsync(_cold.Store, Old);

        (result.Archived, result.Skipped).ShouldBe((0, 1));
        (await _hot.TextsAsync("old")).Count.ShouldBe(4);
    }

    [Fact]
    public async Task Archive_WhereAnotherThreadIsThere_LeavesIt()
    {
        await FillAsync();
        await _cold.CommitAsync("old", session => session.Say("another"));

        (await _hot.Store.ArchiveAsync(_cold.Store, Old)).Failures.ShouldHaveSingleItem().Error.ShouldBeOfType<CommitConflictException>();

        (await _hot.TextsAsync("old")).Count.ShouldBe(3);
        await Should.ThrowAsync<ArgumentException>(async () => await _hot.Store.ArchiveAsync(_hot.Store, Old));
        await Should.ThrowAsync<ArgumentException>(async () => await _hot.Store.ArchiveAsync(_cold.Store, Old with { OlderThan = TimeSpan.FromDays(-1) }));
    }

    /// <summary>Whatever call to either log is the last one of a process: the next run ends with the whole thread in the archive, and nowhere else.</summary>
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Archive_CutOffAtAnyCall_IsFinishedByTheNext(bool isSource, bool isDone)
    {
        for (var call = 1; ; call++)
        {
            var (hot, cold) = (new TestStore(), new TestStore());
            await FillAsync(hot);
            cold.Clock.Advance(TimeSpan.FromDays(60));
            var fault = (isSource ? hot : cold).Faults.Nth(call, LogCall.Append | LogCall.UpdateHead | LogCall.Erase);
            if (isDone)
            {
                fault.FailsAfter();
            }
            else
            {
                fault.FailsBefore();
            }

            try
            {
                await hot.Store.ArchiveAsync(cold.Store, Old);
                call.ShouldBeGreaterThan(1);
                return;
            }
            catch (StoreUnavailableException)
            {
                // One of the two has every commit, whole.
                ((await cold.Store.Thread("old").GetInfoAsync())?.Version ?? (await hot.Store.Thread("old").GetInfoAsync())?.Version).ShouldBe(3, $"call {call}");
            }

            await hot.Store.ArchiveAsync(cold.Store, Old);

            (await hot.Store.Thread("old").GetInfoAsync()).ShouldBeNull($"call {call}");
            (await cold.TextsAsync("old")).ShouldBe(["1", "2", "3"], $"call {call}");
        }
    }

    private Task FillAsync() => FillAsync(_hot);

    // Old ones: one that is done with, one that waits for a person, and one with a queued turn; and a new one.
    private static async Task FillAsync(TestStore hot)
    {
        for (var i = 1; i <= 3; i++)
        {
            await hot.CommitAsync("old", session => session.Say($"{i}"));
        }

        await hot.CommitAsync("asks", session => session.Status = ThreadStatus.WaitingForApproval);
        await hot.Store.Thread("queued").SubmitTurnAsync([new(Microsoft.Extensions.AI.ChatRole.User, "later")]);
        hot.Clock.Advance(TimeSpan.FromDays(60));
        await hot.CommitAsync("new", session => session.Say("hello"));
    }
}
