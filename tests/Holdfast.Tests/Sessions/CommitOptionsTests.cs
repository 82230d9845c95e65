using Holdfast.Tests.Support;

namespace Holdfast.Tests.Sessions;

public sealed class CommitOptionsTests
{
    private readonly TestStore _test = new();

    [Fact]
    public async Task Commit_WithTags_IsFoundByThem()
    {
        var session = await _test.Store.OpenAsync("a");
        for (var i = 1; i <= 6; i++)
        {
            session.Variables.Set("n", i);
            await session.CommitAsync(new() { Reason = $"step {i}", Tags = i % 3 == 0 ? ["checkpoint", $"n{i}"] : [] });
        }

        var found = await _test.Another().Thread("a").LogAsync(new() { Tag = "checkpoint", Ascending = true }).ToListAsync();

        found.Select(commit => (commit.Version, commit.Reason)).ShouldBe([(3, "step 3"), (6, "step 6")]);
        found[0].Tags.ShouldBe(["checkpoint", "n3"]);
        (await _test.Store.Thread("a").VerifyAsync())!.IsIntact.ShouldBeTrue();
    }

    [Fact]
    public async Task Commit_OfNothing_HasAVersionOfItsOwnWhereThatIsAllowed()
    {
        var session = await _test.Store.OpenAsync("a");
        (await session.CommitAsync(new CommitOptions { AllowEmpty = true, Reason = "begun" })).Version.ShouldBe(1);
        var commit = await session.CommitAsync(new() { AllowEmpty = true, Tags = ["point"] });

        (commit.Version, commit.IsEmpty, session.Version).ShouldBe((2, false, 2));
        (await session.CommitAsync()).IsEmpty.ShouldBeTrue();
        (await session.CommitAsync(null)).IsEmpty.ShouldBeTrue();
        (await _test.Store.Thread("a").LogAsync().Select(listed => listed.Version).ToListAsync()).ShouldBe([2, 1]);
    }

    [Fact]
    public async Task Commit_OfNothingWhoseAnswerWasLost_IsMadeOnce()
    {
        var session = await _test.Store.OpenAsync("a");
        _test.Faults.Next(Testing.LogCall.Append).FailsAfter();
        await Should.ThrowAsync<StoreUnavailableException>(async () => await session.CommitAsync(new CommitOptions { AllowEmpty = true }));

        (await session.CommitAsync(new CommitOptions { AllowEmpty = true })).Version.ShouldBe(1);

        (await _test.Store.Thread("a").GetInfoAsync())!.Version.ShouldBe(1);
    }

    [Fact]
    public async Task Commit_WithTagsThatCannotBe_IsRefused()
    {
        var session = await _test.Store.OpenAsync("a");
        session.Say("hello");

        await Should.ThrowAsync<InvalidIdentifierException>(async () => await session.CommitAsync(new() { Tags = [""] }));
        await Should.ThrowAsync<ArgumentException>(async () => await session.CommitAsync(new() { Tags = [.. Enumerable.Range(0, 17).Select(i => $"t{i}")] }));
        await Should.ThrowAsync<InvalidStateValueException>(async () => await session.CommitAsync("half \ud83d"));

        (await session.CommitAsync()).Version.ShouldBe(1);
    }

    [Fact]
    public async Task Commit_ThatIsRebased_KeepsItsTags()
    {
        var session = await _test.Store.OpenAsync("a", new() { RebaseOnConflict = true });
        session.Say("mine");
        await _test.CommitAsync("a", other => other.Say("theirs"));

        await session.CommitAsync(new() { Tags = ["kept"] });

        (await _test.Store.Thread("a").LogAsync().FirstAsync()).Tags.ShouldBe(["kept"]);
    }

    [Fact]
    public async Task Log_ByRangeOrderAgentAndChange_HasThoseCommitsOnly()
    {
        var session = await _test.Store.OpenAsync("a", new() { Agent = "Sales" });
        for (var i = 1; i <= 5; i++)
        {
            session.Agent = i > 3 ? "Support" : "Sales";
            session.Variables.Set(i % 2 == 0 ? "even" : "odd", i);
            session.Section("mine").Set("n", i);
            await session.CommitAsync();
        }

        (await VersionsAsync(new() { From = 2, To = 4 })).ShouldBe([4, 3, 2]);
        (await VersionsAsync(new() { From = 2, To = 99, Ascending = true })).ShouldBe([2, 3, 4, 5]);
        (await VersionsAsync(new() { By = "Support" })).ShouldBe([5, 4]);
        (await VersionsAsync(new() { Changed = "variables/even" })).ShouldBe([4, 2]);
        (await VersionsAsync(new() { Changed = "mine" })).ShouldBe([5, 4, 3, 2, 1]);
        (await VersionsAsync(new() { Changed = "min" })).ShouldBeEmpty();
        (await VersionsAsync(new() { From = 9 })).ShouldBeEmpty();
        Should.Throw<ArgumentOutOfRangeException>(() => _test.Store.Thread("a").LogAsync(new() { From = 0 }));
        Should.Throw<ArgumentOutOfRangeException>(() => _test.Store.Thread("a").LogAsync(new() { From = 3, To = 2 }));

        async Task<List<long>> VersionsAsync(LogQuery query) => await _test.Store.Thread("a").LogAsync(query).Select(commit => commit.Version).ToListAsync();
    }
}
