using Holdfast.Logs;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Threads;

/// <summary>A thread that is over never comes back by accident, and what others show of it is kept.</summary>
public sealed class LifeTests
{
    private static readonly ThreadKey Key = ThreadKey.Of("a");
    private readonly TestStore _test = new();

    [Fact]
    public async Task Session_ThatOutlivedItsThread_DoesNotReviveIt_NotEvenWithAKeyframe()
    {
        await _test.CommitAsync("a", session => session.Say(new string('x', 20_000)));
        var session = await _test.Store.OpenAsync("a");
        await _test.Store.Thread("a").EraseAsync();

        session.Say("keyframe");
        await Should.ThrowAsync<CommitConflictException>(async () => await session.CommitAsync());

        _test.Log.Requests[^1].Entry.IsKeyframe.ShouldBeTrue();
        (await _test.Memory.GetHeadAsync(Key)).ShouldBeNull();
    }

    [Fact]
    public async Task State_OfAnEarlierLife_IsNotSavedOverTheSameVersionOfAnother()
    {
        await _test.CommitAsync("a", session => session.Say("first life"));
        var state = (await _test.Store.LoadAsync("a"))!;
        await _test.Store.Thread("a").EraseAsync();
        await _test.CommitAsync("a", session => session.Say("second life"));

        foreach (var stale in new[] { state, AgentState.FromJson(state.ToJson()) })
        {
            (await Should.ThrowAsync<CommitConflictException>(async () => await _test.Store.SaveAsync("a", stale.SetVariable("x", 1)))).Message.ShouldContain("begun anew");
        }

        (await _test.TextsAsync("a")).ShouldBe(["second life"]);
        var fresh = (await _test.Store.LoadAsync("a"))!;
        (await _test.Store.SaveAsync("a", fresh.SetVariable("x", 1))).State.Position!.Value.Version.ShouldBe(2);
        ThreadPosition.Parse(fresh.Position!.Value.ToString()).ShouldBe(fresh.Position.Value);
        (await _test.Store.LoadAsync("a", 1))!.Position.ShouldBe(fresh.Position);
    }

    [Fact]
    public async Task Opening_AnExpiredThread_HidesItAndRemovesNothing()
    {
        await ExpireAsync();

        (await _test.Store.OpenAsync("a")).Version.ShouldBe(0);

        (await _test.Memory.GetHeadAsync(Key)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Thread_ThatExpired_AndIsShownByAnother_IsKeptForIt()
    {
        await ExpireAsync();
        var head = (await _test.Memory.GetHeadAsync(Key))!;
        await PinAsync(head);

        await _test.CommitAsync("a", session => session.Say("new"));

        (await _test.TextsAsync("a")).ShouldBe(["new"]);
        (await _test.Memory.GetHeadAsync(ThreadKey.Trunk(Key, head.Life)))!.Life.ShouldBe(head.Life);
    }

    [Fact]
    public async Task CleanUp_AndErase_KeepWhatIsShownByAnother()
    {
        await ExpireAsync();
        var expired = (await _test.Memory.GetHeadAsync(Key))!;
        await PinAsync(expired);
        (await _test.Store.CleanupAsync()).Expired.ShouldBe(1);
        await _test.CommitAsync("a", session => session.Say("new"));
        var erased = (await _test.Memory.GetHeadAsync(Key))!;
        await PinAsync(erased);

        (await _test.Store.Thread("a").EraseAsync()).ShouldBeTrue();

        (await _test.Store.Thread("a").GetInfoAsync()).ShouldBeNull();
        foreach (var head in new[] { expired, erased })
        {
            (await _test.Memory.GetHeadAsync(ThreadKey.Trunk(Key, head.Life))).ShouldNotBeNull();
        }
    }

    [Fact]
    public async Task Erase_OfAThreadThatIsChangedMeanwhile_LooksAgain()
    {
        await _test.CommitAsync("a", session => session.Say("1"));
        var head = (await _test.Memory.GetHeadAsync(Key))!;
        _test.Faults.Next(LogCall.Erase).RunsBefore(async () => await PinAsync(head));

        (await _test.Store.Thread("a").EraseAsync()).ShouldBeTrue();

        (await _test.Memory.GetHeadAsync(ThreadKey.Trunk(Key, head.Life)))!.PinCount.ShouldBe(1);
    }

    [Fact]
    public async Task Rebase_ReadsWhatIsNewer_AndNoMore()
    {
        await _test.CommitAsync("a", session =>
        {
            for (var i = 0; i < 50; i++)
            {
                session.Variables.Set("v" + i, new string('x', 1000));
            }
        });
        for (var i = 0; i < 10; i++)
        {
            await _test.CommitAsync("a", session => session.Say(new string('y', 3000)));
        }

        var mine = await _test.Store.OpenAsync("a", new() { RebaseOnConflict = true });
        await _test.CommitAsync("a", session => session.Variables.Set("theirs", 1));
        mine.Variables.Set("mine", 2);
        _test.Log.Reset();
        await mine.CommitAsync();

        _test.Log.BytesRead.ShouldBeLessThan(400);
        mine.Variables.Get<int>("theirs").ShouldBe(1);
        mine.Variables.Keys.ToList()[^2..].ShouldBe(["theirs", "mine"]);
        (await _test.Store.OpenAsync("a")).Variables.Keys.ShouldBe(mine.Variables.Keys);
    }

    [Fact]
    public async Task Rebase_OnAThreadThatWasSetBackToABackup_IsAConflict()
    {
        await _test.CommitAsync("a", session => session.Say("1"));
        var mine = await _test.Store.OpenAsync("a", new() { RebaseOnConflict = true });
        await _test.CommitAsync("a", session => session.Say("2"));
        _test.Log.ShowEntry = entry => entry.Version == 2 ? entry with { CommitId = RawThread.IdOf(9) } : entry;
        mine.Say("3");

        (await Should.ThrowAsync<CommitConflictException>(async () => await mine.CommitAsync())).Message.ShouldContain("begun anew");
    }

    private async Task ExpireAsync()
    {
        await _test.CommitAsync("a", session => session.Say("old"));
        await _test.Store.Thread("a").ExtendAsync(TimeSpan.FromMinutes(1));
        _test.Clock.Advance(TimeSpan.FromMinutes(2));
    }

    private async Task PinAsync(ThreadHead head)
    {
        await _test.CommitAsync("fork " + head.Life, session => session.Say("shows the other thread"));
        var fork = (await _test.Memory.GetHeadAsync(ThreadKey.Of("fork " + head.Life)))!;
        var pin = new Pin { Key = fork.Key, Life = fork.Life, From = 1, To = head.Version };
        (await _test.Memory.UpdateHeadAsync(new() { Key = head.Key, IfLife = head.Life, AddPins = [pin] })).ShouldNotBeNull();
    }
}
