using Holdfast.Logs;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Forks;

/// <summary>Erasing, expiring and cleaning up threads that have forks, and forks.</summary>
public sealed class ForkErasureTests
{
    private static readonly ThreadKey A = ThreadKey.Of("a");
    private readonly TestStore _test = new();

    public enum Way
    {
        Erase,
        Expire,
        ExpireAndBeginAnew,
        CleanUp,
    }

    [Theory, InlineData(Way.Erase), InlineData(Way.Expire), InlineData(Way.ExpireAndBeginAnew), InlineData(Way.CleanUp)]
    public async Task Fork_OfAThreadThatIsGone_ReadsItsPast_AndNobodyElseDoes(Way way)
    {
        await FillAsync("ann");
        await _test.Store.Thread("a").ForkAsync("f", new() { At = 2, UserId = "bob" });
        var life = (await HeadAsync(A))!.Life;

        await RemoveAsync(way);
        await _test.Store.UpdateAsync("a", session => session.Say("carl's"), new() { UserId = "carl" });

        (await _test.TextsAsync("a")).ShouldBe(["carl's"]);
        (await _test.TextsAsync("f")).ShouldBe(["1", "2"]);
        (await _test.Store.ForUser("bob").LoadAsync("f"))!.Messages.Texts().ShouldBe(["1", "2"]);
        await _test.Store.CleanupAsync();
        var trunk = (await HeadAsync(ThreadKey.Trunk(A, life)))!;
        (trunk.UserId, trunk.Metadata.Count, trunk.MessageCount, trunk.Terms.Count, trunk.ExpiresAt).ShouldBe(("ann", 0, 0L, 0, null));
        (await TrunkBodiesAsync(life)).ShouldBe([true, true, false, false], "the closing commit is the fourth, the third is shown by nobody");
    }

    [Fact]
    public async Task Fork_ErasedAsTheLastOne_TakesTheTrunkAlong()
    {
        await FillAsync("ann");
        await _test.Store.Thread("a").ForkAsync("f");
        await _test.Store.Thread("a").ForkAsync("g", new() { At = 1 });
        var life = (await HeadAsync(A))!.Life;
        await _test.Store.Thread("a").EraseAsync();
        (await TrunkBodiesAsync(life)).ShouldBe([true, true, true, false]);

        await _test.Store.Thread("f").EraseAsync();
        (await TrunkBodiesAsync(life)).ShouldBe([true, false, false, false], "what only the erased fork showed is emptied");
        (await _test.TextsAsync("g")).ShouldBe(["1"]);

        await _test.Store.Thread("g").EraseAsync();
        (await HeadAsync(ThreadKey.Trunk(A, life))).ShouldBeNull();
        await ExpectNothingIsLeftAsync();
    }

    [Fact]
    public async Task Fork_Erased_LetsGoOfTheThread()
    {
        await FillAsync();
        await _test.Store.Thread("a").ForkAsync("f");

        await _test.Store.Thread("f").EraseAsync();

        var head = (await _test.Memory.GetHeadAsync(new HeadRequest { Key = A, WithPins = true }))!;
        (head.PinCount, head.LowestPin, head.Pins!.Count).ShouldBe((0, null, 0));
        await _test.Store.Thread("a").EraseAsync();
        await ExpectNothingIsLeftAsync();
    }

    [Fact]
    public async Task ForkOfAFork_OutlivesBoth()
    {
        await FillAsync();
        await _test.Store.Thread("a").ForkAsync("f");
        await _test.CommitAsync("f", session => session.Say("in f"));
        await _test.Store.Thread("f").ForkAsync("g");

        await _test.Store.Thread("a").EraseAsync();
        await _test.Store.Thread("f").EraseAsync();

        (await _test.TextsAsync("g")).ShouldBe(["1", "2", "3", "in f"]);
        (await _test.Store.Thread("g").ForkAsync("h")).ForkedFrom!.Id.Value.ShouldBe("g");
        await _test.Store.Thread("g").EraseAsync();
        (await _test.TextsAsync("h")).ShouldBe(["1", "2", "3", "in f"]);
        await _test.Store.Thread("h").EraseAsync();
        await ExpectNothingIsLeftAsync();
    }

    [Fact]
    public async Task User_Erased_TakesForksOfTheirThreadsAlong_AndLeavesThoseThatTheyForked()
    {
        await FillAsync("ann");
        await _test.Store.UpdateAsync("carl's", session => session.Say("x"), new() { UserId = "carl" });
        await _test.Store.Thread("a").ForkAsync("bob's", new() { UserId = "bob" });
        await _test.Store.Thread("bob's").ForkAsync("another of bob's");
        await _test.Store.Thread("carl's").ForkAsync("ann's fork", new() { UserId = "ann" });
        await _test.Store.Thread("bob's").EraseAsync();

        var result = await _test.Store.EraseUserAsync("ann");

        (result.Threads, result.Forks).ShouldBe((2, 1));
        (await _test.Store.ListAsync().Select(thread => thread.Id.Value).ToListAsync()).ShouldBe(["carl's"]);
        (await HeadAsync(ThreadKey.Of("carl's")))!.PinCount.ShouldBe(0);
        await _test.Store.Thread("carl's").EraseAsync();
        await ExpectNothingIsLeftAsync();
    }

    [Fact]
    public async Task Fork_WhileItsUserIsErased_IsRefused()
    {
        await FillAsync("ann");
        await _test.Store.UpdateUserAsync("ann", variables => variables.Set("x", 1));
        await _test.Memory.UpdateHeadAsync(new() { Key = ThreadKey.Of(ThreadSpace.Users, "", "ann"), Properties = new Dictionary<string, string?> { [HeadProperties.Erasing] = "now" } });

        await Should.ThrowAsync<ThreadAccessDeniedException>(async () => await _test.Store.Thread("a").ForkAsync("f"));
    }

    [Fact]
    public async Task Origin_ErasedByForce_IsTold_NeverByFewerMessages()
    {
        await FillAsync();
        await _test.Store.Thread("a").ForkAsync("f");
        await _test.CommitAsync("f", session => session.Say("in f"));
        await _test.Memory.EraseAsync(A);

        var session = await _test.Store.OpenAsync("f");
        (await session.History.LastAsync(1)).Texts().ShouldBe(["in f"]);
        var error = await Should.ThrowAsync<HistoryDroppedException>(async () => await session.History.TextsAsync());
        error.Message.ShouldContain("'a'");
        await Should.ThrowAsync<HistoryDroppedException>(async () => await session.History.LastAsync(3));
        await Should.ThrowAsync<HistoryDroppedException>(async () => await _test.Store.LoadAsync("f"));
        await Should.ThrowAsync<HistoryDroppedException>(async () => await session.Records.GetAsync<string>("report"));
        await _test.Store.CleanupAsync(new() { CheckForks = true });
        (await _test.Store.Thread("f").EraseAsync()).ShouldBeTrue();
    }

    [Fact]
    public async Task CleanUp_RemovesPinsOfForksThatAreGone_AndSetsThoseThatWereLost()
    {
        await FillAsync();
        await _test.Store.Thread("a").ForkAsync("f");
        await _test.Store.Thread("a").ForkAsync("g");
        var (f, g) = ((await HeadAsync(ThreadKey.Of("f")))!, (await HeadAsync(ThreadKey.Of("g")))!);
        await _test.Memory.EraseAsync(f.Key);
        await _test.Memory.UpdateHeadAsync(new() { Key = A, RemovePins = [g.Life] });

        await _test.Store.CleanupAsync();
        (await _test.Memory.GetHeadAsync(new HeadRequest { Key = A, WithPins = true }))!.Pins!.Single().Life.ShouldBe(f.Life, "a usual clean-up does not look at every thread");
        await _test.Store.CleanupAsync(new() { CheckForks = true });

        (await _test.Memory.GetHeadAsync(new HeadRequest { Key = A, WithPins = true }))!.Pins!.Single().ShouldBe(new() { Life = g.Life, Key = g.Key, From = 1, To = 3 });
    }

    private async Task FillAsync(string? user = null)
    {
        for (var i = 1; i <= 3; i++)
        {
            await _test.CommitAsync("a", session =>
            {
                session.Say($"{i}");
                session.Metadata.Set("title", $"secret {i}");
                session.Records.Put("report", $"report {i}");
            }, new() { UserId = user });
        }
    }

    private async Task RemoveAsync(Way way)
    {
        if (way == Way.Erase)
        {
            await _test.Store.Thread("a").EraseAsync();
            return;
        }

        await _test.Store.Thread("a").ExtendAsync(TimeSpan.FromHours(1));
        _test.Clock.Advance(TimeSpan.FromHours(2));
        if (way == Way.CleanUp)
        {
            (await _test.Store.CleanupAsync()).Expired.ShouldBe(1);
        }
        else if (way == Way.ExpireAndBeginAnew)
        {
            await _test.Store.OpenAsync("a");
        }
    }

    // For each version, whether what it said is there still.
    private async Task<List<bool>> TrunkBodiesAsync(CommitId life)
        => await _test.Memory.ReadAsync(ThreadKey.Trunk(A, life)).Select(entry => System.Text.Encoding.UTF8.GetString(entry.Body.Span).Contains("secret", StringComparison.Ordinal)).ToListAsync();

    private async Task ExpectNothingIsLeftAsync()
    {
        foreach (var space in new[] { ThreadSpace.Threads, ThreadSpace.Trunks })
        {
            (await _test.Memory.ListAsync(new() { Space = space, AsOf = _test.Clock.GetUtcNow(), Expired = ExpiredFilter.Include })).Heads.ShouldBeEmpty();
        }
    }

    private async Task<ThreadHead?> HeadAsync(ThreadKey key) => await _test.Memory.GetHeadAsync(key);
}
