using Holdfast.Tests.Support;

namespace Holdfast.Tests.Forks;

/// <summary>Points before the fork point, read through the fork; and what a comparison of forks reads.</summary>
public sealed class ForkPastTests
{
    private readonly TestStore _test = new();

    [Fact]
    public async Task APointBeforeTheFork_IsLoaded_Compared_Labelled_AndRestored_InTheFork()
    {
        await FillAsync("a", 1, 30);
        await _test.Store.Thread("a").ForkAsync("b", new() { At = 20 });
        await FillAsync("b", 22, 25);
        var fork = _test.Store.Thread("b");

        await ExpectAsync("b", 10);
        await ExpectAsync("b", 20);
        (await fork.LoadAsync(0))!.Messages.ShouldBeEmpty();
        (await fork.DiffAsync(10, 20))!.Messages.Count.ShouldBe(10);
        (await fork.DiffAsync(10))!.Keys.Single().After!.Value.GetInt32().ShouldBe(25);
        (await fork.LabelAsync("early", 5)).Version.ShouldBe(5);
        var commit = await fork.RestoreAsync(ThreadPoint.AtLabel("early"));
        commit.Restores.ShouldBe(5);
        await ExpectAsync("b", 5, ThreadPoint.Newest);
        (await fork.RestoreAsync(25)).Restores.ShouldBe(25);
        (await _test.Store.LoadAsync("b"))!.Variables["n"].GetInt32().ShouldBe(25);
        (await fork.VerifyAsync())!.Problems.ShouldBeEmpty();
        (await _test.Store.LoadAsync("a"))!.Messages.Count.ShouldBe(30);
    }

    [Fact]
    public async Task Fork_AtAPointBeforeTheFork_IsRefused_AndSaysWhereItIs()
    {
        await FillAsync("a", 1, 9);
        await _test.Store.Thread("a").ForkAsync("b");

        var error = await Should.ThrowAsync<HistoryDroppedException>(async () => await _test.Store.Thread("b").ForkAsync("c", new() { At = 5 }));

        error.Message.ShouldBe("Version 5 of thread 'b' is one of thread 'a', which it was forked from: fork that one. Its own oldest version is 10.");
    }

    [Fact]
    public async Task ATimeBeforeTheFork_IsFound()
    {
        await FillAsync("a", 1, 9);
        var time = _test.Clock.GetUtcNow();
        _test.Clock.Advance(TimeSpan.FromMinutes(1));
        await FillAsync("a", 10, 20);
        await _test.Store.Thread("a").ForkAsync("b");
        await FillAsync("b", 22, 23);

        (await _test.Store.LoadAsync("b", ThreadPoint.AtTime(time)))!.Version.ShouldBe(9);
        await Should.ThrowAsync<PointNotFoundException>(async () => await _test.Store.LoadAsync("b", ThreadPoint.AtTime(time.AddDays(-1))));
    }

    [Fact]
    public async Task AForkOfAFork_ReadsTheWholeWayBack_AlsoOnceTheOthersAreErased()
    {
        await FillAsync("a", 1, 20);
        await _test.Store.Thread("a").ForkAsync("b", new() { At = 12 });
        await FillAsync("b", 14, 20);
        await _test.Store.Thread("b").ForkAsync("c", new() { At = 18 });
        await ExpectAsync("c", 5);
        await ExpectAsync("c", 12);
        await ExpectAsync("c", 16, messages: 15);

        await _test.Store.Thread("a").EraseAsync();
        await _test.Store.Thread("b").EraseAsync();
        await ExpectAsync("c", 5);
        await ExpectAsync("c", 16, messages: 15);
        (await _test.Store.Thread("c").RestoreAsync(5)).Restores.ShouldBe(5);
        await ExpectAsync("c", 5, ThreadPoint.Newest);
    }

    [Fact]
    public async Task WhatTheForkDoesNotShow_IsToldAsDropped()
    {
        await FillAsync("a", 1, 10);
        await _test.CommitAsync("a", session => session.History.Clear());
        await FillAsync("a", 12, 20);
        await _test.Store.Thread("a").ForkAsync("b");

        await Should.ThrowAsync<HistoryDroppedException>(async () => await _test.Store.LoadAsync("b", 5));
        (await _test.Store.LoadAsync("b", 15))!.Messages.Count.ShouldBe(4);
    }

    [Fact]
    public async Task InAView_TheStatesOfAnotherUser_AreNotRead()
    {
        await _test.CommitAsync("a", session => session.Variables.Set("secret", "of ann"), new() { UserId = "ann" });
        await FillAsync("a", 2, 10);
        await _test.CommitAsync("a", session => session.Variables.Remove("secret"));
        await _test.Store.Thread("a").ForkAsync("b", new() { UserId = "bob" });
        await _test.Store.Thread("a").ForkAsync("c");

        await Should.ThrowAsync<HistoryDroppedException>(async () => await _test.Store.ForUser("bob").LoadAsync("b", 5));
        (await _test.Store.ForUser("bob").LoadAsync("b"))!.Messages.Count.ShouldBe(9);
        (await _test.Store.ForUser("ann").LoadAsync("c", 5))!.Variables["secret"].GetString().ShouldBe("of ann");
        (await _test.Store.LoadAsync("b", 5))!.UserId.ShouldBe("bob");
    }

    [Fact]
    public async Task ADifferenceOfForks_ReadsWhatComesAfterTheForkPoint()
    {
        await FillAsync("a", 1, 400, new string('x', 400));
        await _test.Store.Thread("a").ForkAsync("b", new() { At = 395 });
        await FillAsync("b", 397, 398, "b b b");
        await _test.Store.Thread("a").ForkAsync("c", new() { At = 390 });
        await FillAsync("c", 392, 393, "c c c c");
        _test.Log.Reset();

        var diff = (await _test.Store.Thread("a").DiffAsync(ThreadPoint.Newest, "b"))!;
        diff.Messages.Select(message => (message.Kind, message.BeforeIndex, message.AfterIndex)).ShouldBe(
            [(DiffKind.Removed, 395, null), (DiffKind.Removed, 396, null), (DiffKind.Removed, 397, null), (DiffKind.Removed, 398, null), (DiffKind.Removed, 399, null), (DiffKind.Added, null, 395), (DiffKind.Added, null, 396)],
            ignoreOrder: true);
        var siblings = (await _test.Store.Thread("b").DiffAsync(ThreadPoint.Newest, "c"))!;
        siblings.Messages.Count.ShouldBe(5 + 2 + 2);
        _test.Log.BytesRead.ShouldBeLessThan(200_000, "the conversation has 280,000 bytes, and there were four of it");
    }

    private async Task FillAsync(ThreadId id, int from, int to, string more = "")
    {
        var session = await _test.Store.OpenAsync(id);
        for (var i = from; i <= to; i++)
        {
            session.Say($"{i} {more}");
            session.Variables.Set("n", i);
            (await session.CommitAsync()).Version.ShouldBe(i);
        }
    }

    private async Task ExpectAsync(ThreadId id, int number, ThreadPoint? at = null, int? messages = null)
    {
        var state = (await _test.Store.LoadAsync(id, at ?? number))!;
        (state.Variables["n"].GetInt32(), state.Messages.Count, state.IsPartial).ShouldBe((number, messages ?? number, false));
        state.Messages[^1].Text.Trim().ShouldBe($"{number}");
    }
}
