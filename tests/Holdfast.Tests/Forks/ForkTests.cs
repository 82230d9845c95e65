using Holdfast.Logs;
using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Forks;

/// <summary>What a fork has, and that it and the thread that was forked are independent from there on.</summary>
public sealed class ForkTests
{
    private readonly TestStore _test = new();

    [Fact]
    public async Task Fork_HasTheStateOfTheThread_AndCopiesNothing()
    {
        await FillAsync();
        _test.Log.Reset();

        var fork = await _test.Store.Thread("a").ForkAsync("f");

        (fork.Id.Value, fork.Version, fork.FirstVersion, fork.UserId, fork.MessageCount).ShouldBe(("f", 4L, 4L, "ann", 3L));
        fork.ForkedFrom.ShouldBe(new("a", (await HeadAsync("a")).Life, 3));
        fork.Metadata["title"].GetString().ShouldBe("Trip");
        _test.Log.Calls.ShouldBe(5, "the thread, whether its user is being erased, the fork, the pin, and that the fork is shown");
        var (source, state) = ((await _test.Store.LoadAsync("a"))!, (await _test.Store.LoadAsync("f"))!);
        state.Messages.Texts().ShouldBe(["1", "2", "3"]);
        (state.Agent, state.Status, state.Variables.Count, state.Todos.Count, state.Goals.Count).ShouldBe((source.Agent, source.Status, 2, 1, 1));
        (await _test.Store.Thread("f").DecisionsAsync().Select(decision => decision.Text).ToListAsync()).ShouldBe(["go by train"]);
        (await (await _test.Store.OpenAsync("f")).Records.GetAsync<string>("report")).ShouldBe("all of it");
        (await _test.Store.Thread("f").VerifyAsync())!.Problems.ShouldBeEmpty();
        (await _test.Store.Thread("f").LogAsync().SingleAsync()).Reason.ShouldBe("forked from a at version 3");
        (await _test.BodiesAsync("f")).Single().ShouldNotContain("\"text\":\"1\"");
    }

    [Fact]
    public async Task ForkAndThread_AreIndependent()
    {
        await FillAsync();
        await _test.Store.Thread("a").ForkAsync("f");

        await _test.CommitAsync("a", session => session.Say("in the thread"));
        await _test.CommitAsync("f", session =>
        {
            session.Say("in the fork");
            session.Variables.Set("x", 2);
            session.Records.Put("report", "another");
            session.Decisions.Add(new() { Text = "go by bus", Reason = "cheap" });
        });

        (await _test.TextsAsync("a")).ShouldBe(["1", "2", "3", "in the thread"]);
        (await _test.TextsAsync("f")).ShouldBe(["1", "2", "3", "in the fork"]);
        (await _test.Store.OpenAsync("a")).Variables.Get<int>("x").ShouldBe(1);
        (await (await _test.Store.OpenAsync("a")).Records.GetAsync<string>("report")).ShouldBe("all of it");
        (await _test.Store.Thread("f").DecisionsAsync().Select(decision => decision.Text).ToListAsync()).ShouldBe(["go by bus", "go by train"]);
        (await _test.Store.Thread("f").VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task Fork_AtAnEarlierVersion_HasWhatWasThere()
    {
        await FillAsync();

        var fork = await _test.Store.Thread("a").ForkAsync("f", new() { At = 2 });

        (fork.Version, fork.ForkedFrom!.Version).ShouldBe((3, 2));
        (await _test.TextsAsync("f")).ShouldBe(["1", "2"]);
        (await _test.Store.OpenAsync("f")).Variables.Keys.ShouldBe(["x"]);
    }

    [Fact]
    public async Task Fork_ReadsItsPast_InPages_Backward_AndForward()
    {
        for (var i = 1; i <= 40; i++)
        {
            await _test.CommitAsync("a", session => session.Say(i + new string('.', 2_000)));
        }

        await _test.Store.Thread("a").ForkAsync("f", new() { At = 38 });
        await _test.CommitAsync("f", session => session.Say("39 of the fork"));
        var history = (await _test.Store.OpenAsync("f")).History;
        var (texts, older) = (new List<string>(), (string?)null);
        do
        {
            var page = await history.PageAsync(7, older);
            (texts, older) = ([.. page.Messages.Texts(), .. texts], page.Older);
        }
        while (older is not null);

        texts.ShouldBe(await history.TextsAsync());
        texts.Count.ShouldBe(39);
        texts[0].ShouldStartWith("1.");
        (await history.LastAsync(2)).Texts().Select(text => text[..2]).ShouldBe(["38", "39"]);
    }

    [Fact]
    public async Task ForkOfAFork_ShowsAllOfThem_AndEachPinIsDirect()
    {
        await FillAsync();
        await _test.Store.Thread("a").ForkAsync("f");
        await _test.CommitAsync("f", session => session.Say("in f"));
        await _test.Store.Thread("f").ForkAsync("g");
        await _test.CommitAsync("g", session => session.Say("in g"));

        (await _test.TextsAsync("g")).ShouldBe(["1", "2", "3", "in f", "in g"]);
        (await _test.Store.Thread("g").DecisionsAsync().Select(decision => decision.Text).ToListAsync()).ShouldBe(["go by train"]);
        var g = (await HeadAsync("g")).Life;
        (await PinsAsync("a")).Single(pin => pin.Life == g).ShouldBe(new() { Life = g, Key = ThreadKey.Of("g"), From = 1, To = 3 });
        (await PinsAsync("f")).Single(pin => pin.Life == g).ShouldBe(new() { Life = g, Key = ThreadKey.Of("g"), From = 4, To = 5 });
        (await _test.Store.Thread("a").ForksAsync().Select(fork => (fork.Id.Value, fork.ForkedFrom!.Id.Value)).ToListAsync()).ShouldBe([("f", "a"), ("g", "f")]);
        (await _test.Store.Thread("f").ForksAsync().Select(fork => fork.Id.Value).ToListAsync()).ShouldBe(["g"]);
    }

    [Fact]
    public async Task Fork_ThatShowsTheEndOnly_PinsNoMoreThanThat()
    {
        for (var i = 1; i <= 6; i++)
        {
            await _test.CommitAsync("a", session => session.Say($"{i}"));
        }

        await _test.CommitAsync("a", session => session.History.KeepLast(2));
        await _test.Store.Thread("a").ForkAsync("f");

        var pin = (await PinsAsync("a")).Single();
        (pin.From, pin.To).ShouldBe((5, 7));
        (await _test.TextsAsync("f")).ShouldBe(["5", "6"]);
    }

    [Fact]
    public async Task OpenCalls_AreAnsweredInTheFork_AndStayOpenInTheThread()
    {
        await _test.CommitAsync("a", session =>
        {
            session.Say("refund it");
            session.History.Add(Conversations.Call("c1", "c2"));
        });
        await _test.CommitAsync("a", session => session.History.Add(Conversations.Result("c1")));

        await _test.Store.Thread("a").ForkAsync("f");

        var messages = await (await _test.Store.OpenAsync("f")).History.LastAsync(10);
        messages.Names().ShouldBe(["refund it", "call c1 call c2", "result c1", "result c2"]);
        messages[^1].Contents.OfType<FunctionResultContent>().Single().Result!.ToString().ShouldBe("This call was not made in this branch of the conversation.");
        (await HeadAsync("f")).MessageCount.ShouldBe(4);
        (await _test.Store.Thread("f").VerifyAsync())!.Problems.ShouldBeEmpty();
        (await (await _test.Store.OpenAsync("a")).History.LastAsync(10)).Count.ShouldBe(3);
    }

    [Fact]
    public async Task Turns_AreNotInTheFork_ButTheirKeysAre()
    {
        await using (var turn = await _test.Store.Thread("a").BeginTurnAsync("hello", new() { Key = "k1" }))
        {
            await turn.AddAsync([new(ChatRole.Assistant, "hi")]);
            await turn.CompleteAsync();
        }

        await using var open = await _test.Store.Thread("a").BeginTurnAsync("and now?", new() { Key = "k2" });
        await open.RunOnceAsync("step", (_, _) => Task.FromResult(1));

        var fork = await _test.Store.Thread("a").ForkAsync("f");

        fork.Status.ShouldBe(ThreadStatus.Idle);
        (await _test.Store.Thread("f").TurnsAsync().SingleAsync()).Key.ShouldBe("k1");
        var head = await HeadAsync("f");
        (head.DueAt, head.Terms.Count).ShouldBe((null, 0));
        (await _test.BodiesAsync("f")).Single().ShouldNotContain("$step");
        await using var again = await _test.Store.Thread("f").BeginTurnAsync("hello", new() { Key = "k1" });
        again.IsReplay.ShouldBeTrue();
        again.Reply.Texts().ShouldBe(["hi"]);
        await open.CompleteAsync();
    }

    [Fact]
    public async Task Fork_OverAThreadThatExists_IsRefused_AndTellsWhetherItIsTheSameFork()
    {
        await FillAsync();
        await _test.CommitAsync("other", session => session.Say("x"));
        await _test.Store.Thread("a").ForkAsync("f");

        var same = await Should.ThrowAsync<ThreadExistsException>(async () => await _test.Store.Thread("a").ForkAsync("f"));
        var other = await Should.ThrowAsync<ThreadExistsException>(async () => await _test.Store.Thread("a").ForkAsync("other"));

        (same.Code, same.ForkedFrom!.Version, other.ForkedFrom).ShouldBe((ErrorCodes.ThreadExists, 3L, null));
        (await PinsAsync("a")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Fork_OverAThreadThatHasExpired_TakesItsPlace()
    {
        await FillAsync();
        await _test.CommitAsync("f", session => session.Say("old"));
        await _test.Store.Thread("f").ExtendAsync(TimeSpan.FromHours(1));
        _test.Clock.Advance(TimeSpan.FromHours(2));

        await _test.Store.Thread("a").ForkAsync("f");

        (await _test.TextsAsync("f")).ShouldBe(["1", "2", "3"]);
    }

    [Fact]
    public async Task Fork_OfWhatIsNotThere_IsRefused()
    {
        await FillAsync();

        await Should.ThrowAsync<ThreadNotFoundException>(async () => await _test.Store.Thread("none").ForkAsync("f"));
        await Should.ThrowAsync<PointNotFoundException>(async () => await _test.Store.Thread("a").ForkAsync("f", new() { At = 4 }));
        await Should.ThrowAsync<ArgumentOutOfRangeException>(async () => await _test.Store.Thread("a").ForkAsync("f", new() { At = 0 }));
        await _test.Store.Thread("a").DeleteAsync();
        await Should.ThrowAsync<ThreadNotFoundException>(async () => await _test.Store.Thread("a").ForkAsync("f"));
        (await _test.Memory.GetHeadAsync(ThreadKey.Of("f"))).ShouldBeNull();
    }

    [Fact]
    public async Task Fork_ForAnotherUser_IsReadByThatUser_WhoSeesNothingElseOfTheThread()
    {
        await FillAsync();
        await _test.Store.Thread("a").ForkAsync("f", new() { UserId = "bob", By = "support", Reason = "for bob" });

        var bob = _test.Store.ForUser("bob");
        (await bob.LoadAsync("f"))!.Messages.Texts().ShouldBe(["1", "2", "3"]);
        (await bob.LoadAsync("a")).ShouldBeNull();
        (await bob.Thread("f").LogAsync().SingleAsync()).By.ShouldBe("support");
        var ann = _test.Store.ForUser("ann");
        (await ann.LoadAsync("f")).ShouldBeNull();
        (await ann.Thread("a").ForksAsync().CountAsync()).ShouldBe(0);
        await Should.ThrowAsync<ThreadAccessDeniedException>(async () => await ann.Thread("a").ForkAsync("h", new() { UserId = "bob" }));
        (await Should.ThrowAsync<ThreadExistsException>(async () => await ann.Thread("a").ForkAsync("f"))).ForkedFrom.ShouldBeNull();
        await Should.ThrowAsync<ThreadNotFoundException>(async () => await bob.Thread("a").ForkAsync("h"));
    }

    [Fact]
    public async Task KeyframesOfAFork_NameItsOrigins_AndOlderReadersRefuseThem()
    {
        await FillAsync();
        await _test.Store.Thread("a").ForkAsync("f");
        await _test.CommitAsync("f", session => session.Say(new string('x', 20_000)));
        await _test.CommitAsync("f", session => session.Say("keyframe"));

        var life = (await HeadAsync("a")).Life.Value;
        foreach (var body in (await _test.BodiesAsync("f")).Where(body => body.Contains("\"state\"", StringComparison.Ordinal)))
        {
            body.ShouldContain("\"must\":[\"forks\"]");
            body.ShouldContain($"\"origins\":[[\"a\",\"{life:N}\",1,3]]");
        }

        (await HeadAsync("f")).KeyframeVersion.ShouldBe(6);
        (await _test.TextsAsync("f")).Count.ShouldBe(5);
    }

    [Fact]
    public async Task Cost_IsTheSame_ForAnyLengthOfTheHistory()
    {
        var costs = new List<(int Calls, long Read, long Written)>();
        foreach (var count in new[] { 10, 1_000, 10_000 })
        {
            for (var i = 0; i < count; i += 500)
            {
                // The same end for each, so that the same keyframe is read.
                await _test.CommitAsync($"t{count}", session => session.Say(Enumerable.Repeat(new string('x', 40), Math.Min(500, count - i))));
            }

            await _test.CommitAsync($"t{count}", session => session.Say(new string('x', 20_000)));
            await _test.CommitAsync($"t{count}", session => session.Say("keyframe"));
            await _test.CommitAsync($"t{count}", session => session.Say("end"));
            _test.Log.Reset();
            await _test.Store.Thread($"t{count}").ForkAsync($"f{count}");
            costs.Add((_test.Log.Calls, _test.Log.BytesRead, _test.Log.BytesWritten));
            (await HeadAsync($"f{count}")).MessageCount.ShouldBe(count + 3);
        }

        costs.Select(cost => cost.Calls).Distinct().ShouldHaveSingleItem();
        costs.Max(cost => cost.Read).ShouldBeLessThan(costs.Min(cost => cost.Read) + 64);
        costs.Max(cost => cost.Written).ShouldBeLessThan(costs.Min(cost => cost.Written) + 64);
    }

    private async Task FillAsync()
    {
        await _test.CommitAsync("a", session =>
        {
            session.Say("1");
            session.Variables.Set("x", 1);
            session.Metadata.Set("title", "Trip");
            session.Records.Put("report", "all of it");
        }, new() { UserId = "ann", Agent = "Planner" });
        await _test.CommitAsync("a", session => session.Say("2"));
        await _test.CommitAsync("a", session =>
        {
            session.Say("3");
            session.Variables.Set("y", 2);
            session.Todos.Add("pack");
            session.Goals.Add("arrive");
            session.Decisions.Add(new() { Text = "go by train", Reason = "cheap" });
        });
    }

    private async Task<ThreadHead> HeadAsync(ThreadId id) => (await _test.Memory.GetHeadAsync(ThreadKey.Of(id)))!;

    private async Task<IReadOnlyList<Pin>> PinsAsync(ThreadId id) => (await _test.Memory.GetHeadAsync(new HeadRequest { Key = ThreadKey.Of(id), WithPins = true }))!.Pins!;
}
