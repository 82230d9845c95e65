using Holdfast.Logs;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Forks;

/// <summary>What happens to a thread between the moment at which a fork folds it and the one at which it is pinned.</summary>
public sealed class ForkRaceTests
{
    private static readonly ThreadKey A = ThreadKey.Of("a");
    private readonly TestStore _test = new();

    [Fact]
    public async Task Fork_AgainstATrim_ShowsWhatIsLeft_AndPinsIt()
    {
        await FillAsync();
        var keyframe = (await HeadAsync(A))!.KeyframeVersion;
        BeforeThePin(() => _test.Memory.RewriteAsync(A, new Dictionary<long, ReadOnlyMemory<byte>>(), keyframe).AsTask());

        await _test.Store.Thread("a").ForkAsync("f");

        (await PinAsync("f")).From.ShouldBe(keyframe);
        (await _test.Store.LoadAsync("f"))!.IsPartial.ShouldBeTrue();
        await Should.ThrowAsync<HistoryDroppedException>(async () => await _test.TextsAsync("f"));
        (await (await _test.Store.OpenAsync("f")).History.LastAsync(2)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Fork_AgainstARedaction_NeverHasWhatWasRedacted()
    {
        await FillAsync();
        await _test.Store.Thread("a").ForkAsync("other", new() { At = 2 });
        var redacted = (await _test.EntriesAsync("a"))[0];
        var body = System.Text.Encoding.UTF8.GetString(redacted.Body.Span).Replace("a secret", "REDACTED", StringComparison.Ordinal);
        BeforeThePin(() => _test.Memory.RewriteAsync(A, new Dictionary<long, ReadOnlyMemory<byte>> { [1] = System.Text.Encoding.UTF8.GetBytes(body) }).AsTask());

        await _test.Store.Thread("a").ForkAsync("f", new() { At = 2 });

        (await _test.Store.OpenAsync("f")).Variables.Get<string>("s").ShouldBe("REDACTED");
        (await _test.BodiesAsync("f")).ShouldNotContain(text => text.Contains("a secret", StringComparison.Ordinal));
        (await _test.BodiesAsync("other")).ShouldContain(text => text.Contains("a secret", StringComparison.Ordinal), "one that was pinned before is the redaction's own affair");
    }

    [Fact]
    public async Task Fork_AgainstAnotherOne_HasBothPins()
    {
        await FillAsync();
        BeforeThePin(() => _test.Another().Thread("a").ForkAsync("g").AsTask());

        await _test.Store.Thread("a").ForkAsync("f");

        (await HeadAsync(A))!.PinCount.ShouldBe(2);
        (await _test.TextsAsync("f")).ShouldBe(await _test.TextsAsync("g"));
    }

    [Fact]
    public async Task Fork_AgainstAnErasure_IsNotThere()
    {
        await FillAsync();
        BeforeThePin(() => _test.Another().Thread("a").EraseAsync().AsTask());

        await Should.ThrowAsync<ThreadNotFoundException>(async () => await _test.Store.Thread("a").ForkAsync("f"));

        (await HeadAsync(ThreadKey.Of("f"))).ShouldBeNull();
    }

    [Fact]
    public async Task Fork_AgainstAnErasureAndANewThread_IsNeverAForkOfThat()
    {
        await FillAsync();
        BeforeThePin(async () =>
        {
            await _test.Another().Thread("a").EraseAsync();
            await _test.Another().UpdateAsync("a", session => session.Say("of somebody else"));
        });

        await Should.ThrowAsync<ThreadNotFoundException>(async () => await _test.Store.Thread("a").ForkAsync("f"));

        (await HeadAsync(ThreadKey.Of("f"))).ShouldBeNull();
        (await HeadAsync(A))!.PinCount.ShouldBe(0);
    }

    [Fact]
    public async Task Fork_AgainstAnErasureOfAThreadThatOthersShow_IsWhole()
    {
        await FillAsync();
        await _test.Store.Thread("a").ForkAsync("g");
        BeforeThePin(() => _test.Another().Thread("a").EraseAsync().AsTask());

        await _test.Store.Thread("a").ForkAsync("f");

        (await _test.Store.Thread("a").GetInfoAsync()).ShouldBeNull();
        (await _test.TextsAsync("f")).ShouldBe(await _test.TextsAsync("g"));
        await _test.Store.Thread("g").EraseAsync();
        (await _test.TextsAsync("f")).Count.ShouldBe(6);
    }

    [Fact]
    public async Task Fork_AgainstAnErasureThatLeavesLess_IsNotThere()
    {
        await FillAsync();
        await _test.Store.Thread("a").ForkAsync("g", new() { At = 2 });
        BeforeThePin(() => _test.Another().Thread("a").EraseAsync().AsTask());

        await Should.ThrowAsync<ThreadNotFoundException>(async () => await _test.Store.Thread("a").ForkAsync("f"));

        (await HeadAsync(ThreadKey.Of("f"))).ShouldBeNull();
        (await _test.TextsAsync("g")).Count.ShouldBe(2);
    }

    [Fact]
    public async Task Forker_ThatSleeps_LosesNothing_WhateverCleanUpsDo()
    {
        await FillAsync();
        foreach (var call in new[] { 1, 2 })
        {
            _test.Faults.Nth(call, LogCall.UpdateHead).RunsBefore(async () => await _test.Another().CleanupAsync(new() { CheckForks = true }));
        }

        await _test.Store.Thread("a").ForkAsync("f");

        (await PinAsync("f")).To.ShouldBe(6);
        (await _test.TextsAsync("f")).Count.ShouldBe(6);
        (await HeadAsync(ThreadKey.Of("f")))!.Properties.Keys.ShouldBe([HeadProperties.ForkedFrom]);
    }

    [Fact]
    public async Task ForkOfAFork_AgainstTheErasureOfBoth_IsWholeOrNotThere()
    {
        await FillAsync();
        await _test.Store.Thread("a").ForkAsync("g");
        await _test.Store.Thread("a").EraseAsync();
        BeforeThePin(() => _test.Another().Thread("g").EraseAsync().AsTask());

        await Should.ThrowAsync<ThreadNotFoundException>(async () => await _test.Store.Thread("g").ForkAsync("f"));

        foreach (var space in new[] { ThreadSpace.Threads, ThreadSpace.Trunks })
        {
            (await _test.Memory.ListAsync(new() { Space = space, AsOf = _test.Clock.GetUtcNow() })).Heads.ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task Erasure_AgainstACleanUpThatClosesTheTrunkFirst_IsDone()
    {
        await FillAsync();
        await _test.Store.Thread("a").ForkAsync("g", new() { At = 2 });
        _test.Faults.Next(LogCall.Read).RunsBefore(async () => await _test.Another().CleanupAsync());

        (await _test.Store.Thread("a").EraseAsync()).ShouldBeTrue();

        (await _test.TextsAsync("g")).Count.ShouldBe(2);
    }

    [Fact]
    public async Task AnswerOfThePin_Lost_IsFoundAgain()
    {
        await FillAsync();
        _test.Faults.Next(LogCall.UpdateHead).FailsAfter();
        await Should.ThrowAsync<StoreUnavailableException>(async () => await _test.Store.Thread("a").ForkAsync("f"));

        (await _test.Store.Thread("a").ForkAsync("f")).ForkedFrom!.Version.ShouldBe(6);

        (await HeadAsync(A))!.PinCount.ShouldBe(1);
    }

    [Fact]
    public async Task AnswerOfTheFirstEntry_Lost_IsSettled()
    {
        await FillAsync();
        _test.Faults.Next(LogCall.Append).FailsAfter();

        (await _test.Store.Thread("a").ForkAsync("f")).Version.ShouldBe(7);

        (await _test.TextsAsync("f")).Count.ShouldBe(6);
    }

    [Fact]
    public async Task Reader_WhoseOriginIsErasedInTheMiddle_GoesOnInTheTrunk()
    {
        await FillAsync();
        await _test.Store.Thread("a").ForkAsync("f");
        var texts = new List<string>();
        await foreach (var message in (await _test.Store.OpenAsync("f")).History)
        {
            texts.Add(message.Text[..1]);
            if (texts.Count == 3)
            {
                await _test.Another().Thread("a").EraseAsync();
            }
        }

        texts.ShouldBe(["1", "2", "3", "4", "5", "6"]);
    }

    private void BeforeThePin(Func<Task> action) => _test.Faults.Next(LogCall.UpdateHead).RunsBefore(action);

    // Version 5 is a keyframe.
    private async Task FillAsync()
    {
        for (var i = 1; i <= 6; i++)
        {
            await _test.CommitAsync("a", session =>
            {
                session.Say(i + new string('.', i == 4 ? 20_000 : 1));
                session.Variables.Set("s", i == 1 ? "a secret" : session.Variables.Get<string>("s")!);
            });
        }

        (await HeadAsync(A))!.KeyframeVersion.ShouldBe(5);
    }

    private async Task<ThreadHead?> HeadAsync(ThreadKey key) => await _test.Memory.GetHeadAsync(key);

    private async Task<Pin> PinAsync(string fork)
    {
        var life = (await HeadAsync(ThreadKey.Of(fork)))!.Life;
        return (await _test.Memory.GetHeadAsync(new HeadRequest { Key = A, WithPins = true }))!.Pins!.Single(pin => pin.Life == life);
    }
}
