using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Sessions;

public sealed class DecisionListTests
{
    private readonly TestStore _test = new();

    [Fact]
    public async Task Decision_IsListedBeforeAndAfterItsCommit()
    {
        var session = await _test.Store.OpenAsync("a", new() { Agent = "Billing" });
        session.Goals.Put(new() { Id = "g", Text = "make peace" });
        var noted = session.Decisions.Add(new Decision { Text = "refund", Reason = "the parcel was lost", Alternatives = ["voucher", "resend"], GoalId = "g" });
        session.Decisions.Add(new Decision { Text = "apologize", Reason = "it was our fault \u0000 北京", By = "Ann" });

        (noted.Id, noted.Number, noted.At).ShouldBe(("", 0, null));
        (await session.Decisions.ListAsync().ToListAsync()).ShouldBe([new() { Text = "apologize", Reason = "it was our fault \u0000 北京", By = "Ann" }, noted]);
        await session.CommitAsync();

        var other = await _test.Store.OpenAsync("a");
        var listed = await other.Decisions.ListAsync().ToListAsync();
        listed.Select(decision => (decision.Id, decision.Number, decision.At, decision.By, decision.Text)).ShouldBe(
            [("1.1", 2, _test.Clock.GetUtcNow(), "Ann", "apologize"), ("1.0", 1, _test.Clock.GetUtcNow(), "Billing", "refund")]);
        (listed[1].Reason, listed[1].GoalId).ShouldBe(("the parcel was lost", "g"));
        listed[1].Alternatives.ShouldBe(["voucher", "resend"]);
        (await session.Decisions.ListAsync().ToListAsync()).ShouldBe(listed);
        (await _test.Store.Thread("a").DecisionsAsync().ToListAsync()).ShouldBe(listed);
        (session.Decisions.Count, other.Decisions.Count).ShouldBe((2, 2));
        (await other.Decisions.GetAsync("1.0")).ShouldBe(listed[1]);
        (await _test.BodiesAsync("a"))[0].ShouldContain(
            """{"kind":"decision","data":{"text":"refund","reason":"the parcel was lost","alternatives":["voucher","resend"],"goal":"g"}},{"kind":"decision","previous":[1,1,0],"data":{""");
        (await _test.BodiesAsync("a"))[0].ShouldContain("\"$lists\":{\"decision\":[2,1,1]}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("1.1")]
    [InlineData("01.0")]
    [InlineData("2.0")]
    [InlineData("99.0")]
    [InlineData("0.0")]
    [InlineData("-1.0")]
    [InlineData("1.-1")]
    [InlineData("99999999999999999999.0")]
    [InlineData("../1.0")]
    public async Task Get_OfAnIdThatIsNone_IsNull(string id)
    {
        await _test.CommitAsync("a", session =>
        {
            session.Decisions.Add("x", "y");
            session.Records.Put("r", 1);
        });
        await _test.CommitAsync("a", session => session.Variables.Set("x", 1));
        var decisions = (await _test.Store.OpenAsync("a")).Decisions;

        (await decisions.GetAsync(id)).ShouldBeNull();
        await Should.ThrowAsync<ArgumentException>(async () => await decisions.ListAsync(before: id).ToListAsync());
    }

    [Fact]
    public async Task List_BeforeADecision_GoesOnThere()
    {
        for (var i = 1; i <= 9; i++)
        {
            await _test.CommitAsync("a", session => session.Decisions.Add($"{i}", "why"));
        }

        var decisions = (await _test.Store.OpenAsync("a")).Decisions;
        var first = await decisions.ListAsync().Take(4).ToListAsync();
        var second = await decisions.ListAsync(before: first[^1].Id).Take(4).ToListAsync();
        var last = await decisions.ListAsync(before: second[^1].Id).ToListAsync();

        first.Concat(second).Concat(last).Select(decision => decision.Text).ShouldBe(["9", "8", "7", "6", "5", "4", "3", "2", "1"]);
        first.Concat(second).Concat(last).Select(decision => decision.Number).ShouldBe([9, 8, 7, 6, 5, 4, 3, 2, 1]);
        (await _test.Store.Thread("a").DecisionsAsync(3).Select(decision => decision.Text).ToListAsync()).ShouldBe(["3", "2", "1"]);
        (await _test.Store.Thread("nobody").DecisionsAsync().ToListAsync()).ShouldBeEmpty();
        (await _test.Store.Thread("a").DecisionsAsync(0).CountAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task TenThousand_CostTheStateNothing_AndTheNewestAreFoundAtOnce()
    {
        const int Commits = 2_000;
        var session = await _test.Store.OpenAsync("a");
        for (var i = 0; i < Commits; i++)
        {
            for (var j = 0; j < 5; j++)
            {
                session.Decisions.Add($"{i}/{j}", "why");
            }

            session.Variables.Set("big", new string('x', 500));
            await session.CommitAsync();
        }

        _test.Log.Reset();
        var opened = await _test.Store.OpenAsync("a");
        opened.Decisions.Count.ShouldBe(Commits * 5);
        var opening = (_test.Log.Calls, _test.Log.BytesRead);
        var newest = await opened.Decisions.ListAsync().Take(20).ToListAsync();

        newest[0].Text.ShouldBe($"{Commits - 1}/4");
        newest[^1].Number.ShouldBe((Commits * 5) - 19);
        (_test.Log.Calls - opening.Calls).ShouldBe(4);
        (_test.Log.BytesRead - opening.BytesRead).ShouldBeLessThan(8 * 1024);
        (await opened.Decisions.ListAsync().CountAsync()).ShouldBe(Commits * 5);
        (await _test.Store.Thread("a").VerifyAsync())!.Problems.ShouldBeEmpty();
        _test.Log.BytesWritten.ShouldBe(0);
    }

    [Fact]
    public async Task Decisions_OfTwoSessions_DoNotConflict_AndComeInTheOrderOfTheCommits()
    {
        await _test.CommitAsync("a", session => session.Decisions.Add("first", "why"));
        var mine = await _test.Store.OpenAsync("a", new() { RebaseOnConflict = true });
        mine.Decisions.Add("mine 1", "why");
        mine.Decisions.Add("mine 2", "why");
        await _test.CommitAsync("a", other => other.Decisions.Add("theirs", "why"));
        await mine.CommitAsync();

        (await mine.Decisions.ListAsync().Select(decision => $"{decision.Number} {decision.Text}").ToListAsync()).ShouldBe(["4 mine 2", "3 mine 1", "2 theirs", "1 first"]);
        (await (await _test.Store.OpenAsync("a")).Decisions.ListAsync().ToListAsync()).ShouldBe(await mine.Decisions.ListAsync().ToListAsync());
        mine.Decisions.Count.ShouldBe(4);
    }

    [Fact]
    public async Task Decisions_OfManySessionsAtOnce_AreAllThere()
    {
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(async () =>
        {
            for (var j = 0; j < 10; j++)
            {
                await _test.Store.UpdateAsync("a", session =>
                {
                    session.Decisions.Add($"{i}/{j}", "why");
                    session.Goals.Add($"{i}/{j}");
                });
            }
        })));

        var listed = await _test.Store.Thread("a").DecisionsAsync().ToListAsync();
        listed.Select(decision => decision.Text).ShouldBeUnique();
        listed.Select(decision => decision.Number).ShouldBe(Enumerable.Range(1, 80).Reverse().Select(number => (long)number));
        (await _test.Store.OpenAsync("a")).Goals.Count.ShouldBe(80);
    }

    [Fact]
    public async Task Decision_OfACommitThatIsNotSettled_IsListedOnce()
    {
        await _test.CommitAsync("a", session => session.Decisions.Add("first", "why"));
        var session = await _test.Store.OpenAsync("a");
        session.Decisions.Add("second", "why");
        _test.Faults.Next(LogCall.Append).FailsAfter();
        await Should.ThrowAsync<StoreUnavailableException>(async () => await session.CommitAsync());
        session.Decisions.Add("third", "why");

        (await TextsAsync(session)).ShouldBe(["third", "second", "first"]);
        session.Decisions.Count.ShouldBe(3);
        await session.CommitAsync();

        session.Decisions.Count.ShouldBe(3);
        (await TextsAsync(session)).ShouldBe(["third", "second", "first"]);
        (await TextsAsync(await _test.Store.OpenAsync("a"))).ShouldBe(["third", "second", "first"]);
        (await _test.Store.Thread("a").GetInfoAsync())!.Version.ShouldBe(3);
    }

    [Fact]
    public async Task Decision_OfACommitThatWasRefused_IsCommittedOnceItFits()
    {
        var test = new TestStore(options => options.MaxCommitBytes = 4096);
        await test.CommitAsync("a", first => first.Decisions.Add("first", "why"));
        var session = await test.Store.OpenAsync("a");
        session.Decisions.Add("second", "why");
        session.Variables.Set("big", new string('x', 8000));
        await Should.ThrowAsync<StateTooLargeException>(async () => await session.CommitAsync());
        session.Decisions.Count.ShouldBe(2);
        await Should.ThrowAsync<StateTooLargeException>(async () => await session.CommitAsync());
        session.Variables.Remove("big");
        await session.CommitAsync();

        (await TextsAsync(await test.Store.OpenAsync("a"))).ShouldBe(["second", "first"]);
        (await test.Store.Thread("a").VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task Decisions_AreKeptBySaving_AndForgottenByAReset()
    {
        await _test.CommitAsync("a", session => session.Decisions.Add("first", "why"));
        var state = (await _test.Store.LoadAsync("a"))!;
        state.OtherSections.ShouldBeEmpty();
        await _test.Store.SaveAsync("a", state.SetVariable("v", 2));
        (await TextsAsync(await _test.Store.OpenAsync("a"))).ShouldBe(["first"]);

        await _test.Store.Thread("a").ResetAsync();
        await _test.CommitAsync("a", session => session.Decisions.Add("second", "why"));

        (await _test.Store.Thread("a").DecisionsAsync().Select(decision => (decision.Number, decision.Text)).ToListAsync()).ShouldBe([(1, "second")]);
        (await _test.Store.Thread("a").DecisionsAsync(2).Select(decision => decision.Text).ToListAsync()).ShouldBe(["first"]);
    }

    [Fact]
    public async Task Add_WhatCannotBeADecision_IsRefused()
    {
        var session = await _test.Store.OpenAsync("a");

        Should.Throw<ArgumentException>(() => session.Decisions.Add("", "why")).Message.ShouldContain("reason");
        Should.Throw<ArgumentException>(() => session.Decisions.Add("x", ""));
        Should.Throw<ArgumentNullException>(() => session.Decisions.Add(null!));
        Should.Throw<ArgumentException>(() => session.Decisions.Add(new Decision { Text = "x", Reason = "y", Alternatives = [""] }));
        Should.Throw<ArgumentException>(() => session.Decisions.Add(new Decision { Text = "x", Reason = "y", GoalId = "gone" })).Message.ShouldContain("'gone'");
        Should.Throw<InvalidIdentifierException>(() => session.Decisions.Add(new Decision { Text = "x", Reason = "y", By = "a\nb" }));
        Should.Throw<InvalidStateValueException>(() => session.Decisions.Add("cut \ud83d", "why"));
        (session.HasChanges, session.Decisions.Count).ShouldBe((false, 0));
    }

    [Fact]
    public async Task List_OverDamage_GivesWhatIsNewer()
    {
        for (var i = 1; i <= 3; i++)
        {
            await _test.CommitAsync("a", session => session.Decisions.Add($"{i}", "why"));
        }

        var session = await _test.Store.OpenAsync("a");
        _test.Log.ShowEntry = entry => entry.Version == 2 ? entry with { Body = "{}"u8.ToArray() } : entry;
        var listed = new List<string>();

        await Should.ThrowAsync<CorruptStateException>(async () =>
        {
            await foreach (var decision in session.Decisions.ListAsync())
            {
                listed.Add(decision.Text);
            }
        });
        listed.ShouldBe(["3"]);
    }

    private static async Task<List<string>> TextsAsync(ThreadSession session) => await session.Decisions.ListAsync().Select(decision => decision.Text).ToListAsync();
}
