using System.Text;
using Holdfast.Logs;
using Holdfast.Testing;
using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.TimeMachine;

public sealed class RedactionTests
{
    private const string Secret = "4711-SECRET";
    private static readonly RedactionRequest Everywhere = new() { Pattern = "4711-[A-Z]+", Reason = $"{Secret} had to go", By = "officer" };
    private readonly TestStore _test = new();

    private ThreadHandle Thread => _test.Store.Thread("t");

    [Fact]
    public async Task Redact_APattern_LeavesItNowhere_AndTheChainWhole()
    {
        await FillAsync();

        var plan = (await Thread.PlanRedactionAsync(Everywhere))!;
        var done = (await Thread.RedactAsync(Everywhere))!;

        plan.Places.ShouldBe(done.Places, Shapes);
        plan.ToString().ShouldNotContain(Secret);
        await ShouldBeGoneAsync("t");
        var state = (await Thread.LoadAsync())!;
        state.Variables["card"].GetString().ShouldBe("it is [redacted]!");
        state.Metadata["note"].GetString().ShouldBe("[redacted]");
        (await _test.TextsAsync("t")).ShouldBe(["my card is [redacted]", "noted", "bye"]);
        (await Thread.LogAsync().FirstAsync()).ShouldSatisfyAllConditions(commit => commit.Reason.ShouldBe("[redacted] had to go"), commit => commit.By.ShouldBe("officer"), commit => commit.IsKeyframe.ShouldBeTrue());
        (await Thread.PlanRedactionAsync(Everywhere))!.IsEmpty.ShouldBeTrue();
        (await Thread.RedactAsync(Everywhere))!.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task Redact_WhereAForkBetweenWasErased_ReachesBothSides()
    {
        await FillAsync();
        await Thread.ForkAsync("middle");
        await _test.CommitAsync("middle", session => session.Say("in the middle"));
        await _test.Store.Thread("middle").ForkAsync("last");
        await _test.Store.Thread("middle").EraseAsync();

        await Thread.RedactAsync(Everywhere);

        await ShouldBeGoneAsync("t");
        await ShouldBeGoneAsync("last");
    }

    [Fact]
    public async Task Redact_BesideAForkThatHasExpired_ComesToAnEnd()
    {
        await FillAsync();
        await Thread.ForkAsync("f");
        await _test.CommitAsync("f", session => session.Say($"it is {Secret}"));
        await _test.Store.Thread("f").ForkAsync("g");
        await _test.Store.Thread("f").ExtendAsync(TimeSpan.FromMinutes(1));
        _test.Clock.Advance(TimeSpan.FromMinutes(2));

        await Thread.RedactAsync(Everywhere);

        await ShouldBeGoneAsync("t");
        await ShouldBeGoneAsync("g");
        (await _test.Memory.GetHeadAsync(ThreadKey.Of("f"))).ShouldBeNull("it was erased, as the next clean-up would have done");
        (await _test.TextsAsync("g"))[^1].ShouldBe("it is [redacted]");
    }

    [Fact]
    public async Task Redact_OfAThreadThatExpiresMeanwhile_DoesNotSayThatItIsDone()
    {
        await FillAsync();
        _test.Faults.Nth(1, LogCall.Append).RunsBefore(async () => await _test.Memory.EraseAsync(new EraseRequest { Key = ThreadKey.Of("t") }));

        (await Thread.RedactAsync(Everywhere)).ShouldBeNull();
    }

    [Fact]
    public async Task Redact_AMessage_KeepsItsPlace_AndItsCalls()
    {
        await _test.CommitAsync("t", session =>
        {
            session.History.Add(new ChatMessage(ChatRole.User, $"it is {Secret}") { MessageId = "m1" });
            session.History.Add(new ChatMessage(ChatRole.Assistant, [new TextContent("wait"), new FunctionCallContent("c1", "pay", new Dictionary<string, object?> { ["card"] = Secret })]) { MessageId = "m2" });
            session.History.Add(new ChatMessage(ChatRole.Tool, [new FunctionResultContent("c1", $"paid by {Secret}")]) { MessageId = "m3" });
            session.History.Add(new ChatMessage(ChatRole.User, "thanks") { MessageId = "m4" });
        });

        (await Thread.RedactAsync(new() { MessageIds = ["m1", "m2", "m3"] }))!.Places.Single().ShouldBe(new("t", 1, ["messages"]), Shape);

        await ShouldBeGoneAsync("t");
        var messages = (await Thread.LoadAsync())!.Messages;
        messages.Select(message => message.MessageId).ShouldBe(["m1", "m2", "m3", "m4"]);
        messages[0].Text.ShouldBe("[redacted]");
        messages[1].Contents.OfType<FunctionCallContent>().Single().ShouldSatisfyAllConditions(call => call.CallId.ShouldBe("c1"), call => call.Name.ShouldBe("pay"), call => call.Arguments!.ShouldBeEmpty());
        messages[2].Contents.OfType<FunctionResultContent>().Single().Result!.ToString().ShouldBe("[redacted]");
        messages[3].Text.ShouldBe("thanks");
        (await Thread.PlanRedactionAsync(new() { MessageIds = ["m1", "m2", "m3"] }))!.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task Redact_AKey_TakesItsWholeHistory()
    {
        await FillAsync();
        await _test.CommitAsync("t", session => session.Variables.Set("other", "stays"));

        await Thread.RedactAsync(new() { Keys = [new("variables", "card")] });

        (await Thread.LoadAsync())!.Variables.Keys.ShouldBe(["other"]);
        (await Thread.LoadAsync(1))!.Variables.ShouldBeEmpty();
        (await Thread.VerifyAsync())!.Problems.ShouldBeEmpty();
        (await _test.BodiesAsync("t")).ShouldAllBe(body => !body.Contains("it is " + Secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Redact_ReachesForks_OriginsAndTrunks()
    {
        await FillAsync();
        await Thread.ForkAsync("f", new() { At = 2 });
        await _test.Store.Thread("f").ForkAsync("g");
        await _test.CommitAsync("g", session => session.Say($"again {Secret}"));
        await Thread.EraseAsync();

        await _test.Store.Thread("g").RedactAsync(Everywhere);

        await ShouldBeGoneAsync("f");
        await ShouldBeGoneAsync("g");
        (await _test.TextsAsync("f")).ShouldBe(["my card is [redacted]", "noted"]);
        foreach (var head in (await _test.Memory.ListAsync(new() { Space = ThreadSpace.Trunks, AsOf = _test.Clock.GetUtcNow() })).Heads)
        {
            await foreach (var entry in _test.Memory.ReadAsync(head.Key))
            {
                Encoding.UTF8.GetString(entry.Body.Span).ShouldNotContain(Secret);
            }
        }
    }

    [Fact]
    public async Task Redact_WhileWhatItWasForkedFromIsErased_ReachesTheTrunk()
    {
        for (var call = 1; ; call++)
        {
            var test = new TestStore();
            await test.CommitAsync("t", session => session.Say(Secret));
            await test.Store.Thread("t").ForkAsync("f");
            var erased = false;
            test.Faults.Nth(call, LogCall.Any).RunsBefore(async () => erased = await new AgentStateStore(test.Memory, new() { TimeProvider = test.Clock }).Thread("t").EraseAsync());

            await test.Store.Thread("f").RedactAsync(Everywhere);

            await ShouldBeGoneAsync("f", test);
            foreach (var head in (await test.Memory.ListAsync(new() { Space = ThreadSpace.Trunks, AsOf = test.Clock.GetUtcNow() })).Heads)
            {
                (await test.Memory.ReadAsync(head.Key).Select(entry => Encoding.UTF8.GetString(entry.Body.Span)).ToListAsync()).ShouldAllBe(body => !body.Contains(Secret, StringComparison.Ordinal), $"call {call}");
            }

            if (!erased)
            {
                call.ShouldBeGreaterThan(5);
                return;
            }
        }
    }

    [Fact]
    public async Task Redact_ThroughAView_RefusesThreadsOfOthers()
    {
        await FillAsync("ann");
        await Thread.ForkAsync("f", new() { UserId = "bob" });

        var error = await Should.ThrowAsync<ThreadAccessDeniedException>(async () => await _test.Store.ForUser("ann").Thread("t").RedactAsync(Everywhere));

        error.Message.ShouldNotContain("bob");
        (await _test.BodiesAsync("t")).ShouldContain(body => body.Contains(Secret, StringComparison.Ordinal), "nothing was done");
    }

    [Fact]
    public async Task Redact_WithALiveSession_WinsOverWhatItRemembers()
    {
        await FillAsync();
        var live = await _test.Another().OpenAsync("t");

        await Thread.RedactAsync(Everywhere);
        live.Variables.Set("own", 1);
        await Should.ThrowAsync<CommitConflictException>(async () => await live.CommitAsync());
        await live.RebaseAsync();
        await live.CommitAsync();

        live.Variables.Get<string>("card").ShouldBe("it is [redacted]!");
        await ShouldBeGoneAsync("t");
    }

    [Fact]
    public async Task Redact_WhileAnotherWritesItAgain_FindsThatToo()
    {
        await FillAsync();
        _test.Faults.Next(LogCall.Rewrite).RunsBefore(async () =>
        {
            var other = await new AgentStateStore(_test.Memory, new() { TimeProvider = _test.Clock }).OpenAsync("t");
            other.Variables.Set("card", $"{Secret} again");
            await other.CommitAsync();
        });

        await Thread.RedactAsync(Everywhere);

        (await Thread.LoadAsync())!.Variables["card"].GetString().ShouldBe("[redacted] again");
        await ShouldBeGoneAsync("t");
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Redact_CutOffAnywhere_IsFinishedByTheNextRun(bool after)
    {
        for (var n = 1; ; n++)
        {
            var test = new TestStore();
            await FillAsync(test);
            await test.Store.Thread("t").ForkAsync("f");
            var plan = test.Faults.Nth(n, LogCall.Any);
            if (after)
            {
                plan.FailsAfter(new CrashException());
            }
            else
            {
                plan.FailsBefore(new CrashException());
            }

            var died = false;
            try
            {
                await test.Store.Thread("t").RedactAsync(Everywhere);
            }
            catch (CrashException)
            {
                died = true;
            }

            test.Faults.Heal();
            await test.Store.Thread("t").RedactAsync(Everywhere);
            await ShouldBeGoneAsync("t", test);
            await ShouldBeGoneAsync("f", test);
            if (!died)
            {
                n.ShouldBeGreaterThan(8);
                return;
            }
        }
    }

    [Fact]
    public async Task Redact_CutOffBeforeTheBodiesAreReplaced_IsPending_AndNoDamage()
    {
        await FillAsync();
        _test.Faults.Next(LogCall.Rewrite).FailsBefore(new CrashException());
        await Should.ThrowAsync<CrashException>(async () => await Thread.RedactAsync(Everywhere));

        var report = (await Thread.VerifyAsync())!;
        (report.IsIntact, string.Join(' ', report.PendingRedactions)).ShouldBe((true, "1 2 3"));
        (await _test.Store.VerifyAllAsync()).Pending.ShouldHaveSingleItem().Id.Value.ShouldBe("t");

        await Thread.RedactAsync(Everywhere);
        (await Thread.VerifyAsync())!.PendingRedactions.ShouldBeEmpty();
        (await _test.Store.VerifyAllAsync()).Pending.ShouldBeEmpty();
    }

    [Fact]
    public async Task Redact_CutOffBetweenTwoKeyframes_IsPending_AndNoDamage()
    {
        await FillAsync();
        await KeyframeAsync();

        // Another keyframe comes after the scan, and the run that finds it ends before it is replaced.
        _test.Faults.Next(LogCall.Append).RunsBefore(KeyframeAsync);
        _test.Faults.Nth(2, LogCall.Rewrite).FailsBefore(new CrashException());
        await Should.ThrowAsync<CrashException>(async () => await Thread.RedactAsync(Everywhere));

        var report = (await Thread.VerifyAsync())!;
        report.Problems.ShouldBeEmpty();
        report.PendingRedactions.ShouldBe([7]);

        await Thread.RedactAsync(Everywhere);
        await ShouldBeGoneAsync("t");
    }

    [Fact]
    public async Task Redact_CutOffBeforeItFindsAKeyframeThatCameMeanwhile_IsNoDamage()
    {
        await FillAsync();
        await KeyframeAsync();
        _test.Faults.Next(LogCall.Append).RunsBefore(KeyframeAsync);
        _test.Faults.Next(LogCall.Rewrite).RunsAfter(() =>
        {
            _test.Faults.Every(LogCall.Append).FailsBefore(new CrashException());
            return Task.CompletedTask;
        });
        await Should.ThrowAsync<CrashException>(async () => await Thread.RedactAsync(Everywhere));
        _test.Faults.Heal();

        (await Thread.VerifyAsync())!.Problems.ShouldBeEmpty();

        await Thread.RedactAsync(Everywhere);
        (await Thread.VerifyAsync())!.Problems.ShouldBeEmpty();
        await ShouldBeGoneAsync("t", _test);
    }

    [Fact]
    public async Task Redact_WhileAnotherDropsVersions_SaysNothingOfDamage()
    {
        for (var read = 1; ; read++)
        {
            var test = new TestStore();
            await FillAsync(test);
            await test.CommitAsync("t", session => session.Say(new string('x', 17_000)));
            (await test.CommitAsync("t", session => session.Say("keyframe"))).IsKeyframe.ShouldBeTrue();
            await test.CommitAsync("t", session => session.Say(Secret));
            var dropped = false;
            test.Faults.Nth(read, LogCall.Read).RunsBefore(async () => dropped = await test.Memory.RewriteAsync(new() { Key = ThreadKey.Of("t"), DropBelow = 5 }));

            await test.Store.Thread("t").RedactAsync(Everywhere);

            await ShouldBeGoneAsync("t", test);
            if (!dropped)
            {
                read.ShouldBeGreaterThan(3);
                return;
            }
        }
    }

    [Fact]
    public async Task ABodyThatNoRedactionNoted_IsDamage()
    {
        await FillAsync();
        var original = (await _test.EntriesAsync("t"))[0].Body;
        await Thread.RedactAsync(Everywhere);
        await _test.Memory.RewriteAsync(new RewriteRequest { Key = ThreadKey.Of("t"), Replacements = new Dictionary<long, ReadOnlyMemory<byte>> { [2] = original } });

        (await Thread.VerifyAsync())!.Problems.Select(problem => problem.Version).ShouldBe([2]);
    }

    [Fact]
    public async Task TwoRedactions_AtOnce_LeaveWhatTheLastOneNoted()
    {
        await FillAsync();
        _test.Faults.Next(LogCall.Rewrite).RunsBefore(async () => await _test.Another().Thread("t").RedactAsync(new() { Pattern = "card|bye" }));

        await Thread.RedactAsync(Everywhere);

        await ShouldBeGoneAsync("t");
        (await Thread.VerifyAsync())!.PendingRedactions.ShouldBeEmpty();
        (await _test.BodiesAsync("t")).ShouldAllBe(body => !body.Contains("my card", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Redact_OverManyKeyframes_LeavesStatesThatAreWhatTheCommitsFoldTo()
    {
        for (var i = 1; i <= 150; i++)
        {
            await _test.CommitAsync("t", session =>
            {
                session.Say($"{i} größe <&> \u2028 🦑 {(i % 7 == 0 ? Secret : "")}");
                session.Variables.Set($"v{i % 9}", new { text = $"\"ä\" {(i % 5 == 0 ? Secret : "plain")}", number = 1.50m, more = new[] { new string('x', 3_000), i % 11 == 0 ? Secret : "+" } });
                session.Variables.Append("list", i % 13 == 0 ? Secret : "élan");
                if (i % 10 == 0)
                {
                    session.Variables.Remove("v3");
                }
            });
        }

        (await _test.EntriesAsync("t")).Count(entry => entry.IsKeyframe).ShouldBeGreaterThan(2);
        var before = (await Thread.LoadAsync(33))!.ToJson().Replace(Secret, "[redacted]", StringComparison.Ordinal);

        await Thread.RedactAsync(Everywhere);

        await ShouldBeGoneAsync("t");
        (await Thread.LoadAsync(33))!.ToJson().ShouldBe(before);
        await Thread.RestoreAsync(20);
        await ShouldBeGoneAsync("t");
    }

    /// <summary>A model that is cut off within an emoji writes half of it: valid JSON, and no text.</summary>
    [Theory]
    [InlineData(@"\ud83c")]
    [InlineData(@"\udf0a\ud83c\ud83c\udf0a\\\n")]
    public async Task Redact_OfTextThatIsCutOffWithinACharacter_TakesTheContentOut(string json)
    {
        await _test.CommitAsync("t", session => session.Variables.Set("stays", System.Text.Json.JsonElement.Parse($"\"{json}\"")));
        await _test.CommitAsync("t", session => session.Variables.Set("args", System.Text.Json.JsonElement.Parse($"{{\"to\":\"{Secret} {json}\"}}")));

        await Thread.RedactAsync(Everywhere);

        await ShouldBeGoneAsync("t");
        (await _test.BodiesAsync("t"))[^1].ShouldContain($"\"stays\":\"{json}\"");
        (await Thread.VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task Redact_WhileATurnIsOpen_LetsItGoOn()
    {
        var turn = await Thread.BeginTurnAsync($"pay with {Secret}", new() { Key = "order-1" });
        await turn.RunOnceAsync("charge", (_, _) => Task.FromResult($"charged {Secret}"));
        await turn.DisposeAsync();

        await Thread.RedactAsync(Everywhere);

        await ShouldBeGoneAsync("t");
        await using var again = await Thread.BeginTurnAsync("pay with card", new() { Key = "order-1" });
        (await again.RunOnceAsync("charge", Task<string> (_, _) => throw new InvalidOperationException("it was done"))).ShouldBe("charged [redacted]");
        await again.CompleteAsync();
        (await Thread.VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("(a+)+$")]
    [InlineData(".*")]
    [InlineData("e|d|\\]")]
    [InlineData("redacted")]
    public async Task Redact_AHostilePattern_ComesToAnEnd(string pattern)
    {
        await _test.CommitAsync("t", session => session.Say($"{new string('a', 5000)}!edited]"));

        await Thread.RedactAsync(new() { Pattern = pattern });

        (await Thread.PlanRedactionAsync(new() { Pattern = pattern }))!.IsEmpty.ShouldBeTrue();
        (await Thread.VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("(")]
    [InlineData("")]
    public async Task Redact_WhatIsNoPattern_IsRefused(string pattern)
        => await Should.ThrowAsync<ArgumentException>(async () => await Thread.PlanRedactionAsync(new() { Pattern = pattern }));

    [Fact]
    public async Task Redact_WithoutAnything_IsRefused() => await Should.ThrowAsync<ArgumentException>(async () => await Thread.RedactAsync(new()));

    [Fact]
    public async Task Redact_AMissingThread_IsNull() => (await Thread.RedactAsync(Everywhere)).ShouldBeNull();

    private Task FillAsync(string? user = null) => FillAsync(_test, user);

    private static async Task FillAsync(TestStore test, string? user = null)
    {
        await test.CommitAsync("t", session => { session.Say($"my card is {Secret}"); session.Variables.Set("card", $"it is {Secret}!"); }, new() { UserId = user });
        await test.CommitAsync("t", session => { session.Say("noted"); session.Metadata.Set("note", Secret); session.Records.Put("report", new { text = Secret }); session.Todos.Add($"call {Secret}"); });
        var last = await test.Store.OpenAsync("t");
        last.Say("bye");
        last.Decisions.Add($"never use {Secret}", "rule");
        await last.CommitAsync($"because of {Secret}");
    }

    // By another process.
    private async Task KeyframeAsync()
    {
        var other = _test.Another();
        await other.UpdateAsync("t", session => session.Say(new string('x', 17_000)));
        await other.UpdateAsync("t", session => session.Say("keyframe"));
    }

    private async Task ShouldBeGoneAsync(ThreadId id, TestStore? test = null)
    {
        test ??= _test;
        (await test.BodiesAsync(id)).ShouldAllBe(body => !body.Contains(Secret, StringComparison.Ordinal));
        (await test.Memory.GetHeadAsync(ThreadKey.Of(id)))!.Metadata.Values.ShouldAllBe(value => !value.ToString().Contains(Secret));
        (await test.Another().Thread(id).VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    private static readonly IEqualityComparer<RedactionPlace> Shape = EqualityComparer<RedactionPlace>.Create((one, two) => Text(one!) == Text(two!));
    private static readonly IEqualityComparer<IReadOnlyList<RedactionPlace>> Shapes = EqualityComparer<IReadOnlyList<RedactionPlace>>.Create((one, two) => one!.Select(Text).SequenceEqual(two!.Select(Text)));

    private static string Text(RedactionPlace place) => $"{place.ThreadId} {place.Version} {string.Join(' ', place.Where)}";

    private sealed class CrashException : Exception;
}
