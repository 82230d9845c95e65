using Holdfast.Logs;
using Holdfast.Testing;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.Forks;

/// <summary>A copied fork takes along what it shows of other threads.</summary>
public sealed class ForkCopyTests
{
    private readonly TestStore _from = new();
    private readonly TestStore _to = new();

    [Theory, InlineData(false), InlineData(true)]
    public async Task WholeStore_WithForks_IsWholeInTheTarget(bool isErased)
    {
        await FillAsync();
        if (isErased)
        {
            await _from.Store.Thread("a").EraseAsync();
        }

        for (var i = 0; i < 2; i++)
        {
            (await _from.Store.CopyToAsync(_to.Store)).Failures.ShouldBeEmpty();
        }

        foreach (var id in new[] { "f", "g", "early" })
        {
            (await _to.TextsAsync(id)).ShouldBe(await _from.TextsAsync(id));
        }

        await _to.Store.CleanupAsync(new() { CheckForks = true });
        (await _to.TextsAsync("g")).ShouldBe(["1", "2", "3", "in f", "in g"]);
        foreach (var id in new[] { "a", "f", "g", "early" })
        {
            await _to.Store.Thread(id).EraseAsync();
        }

        await ExpectNothingAsync();
    }

    [Fact]
    public async Task ForkAlone_TakesItsPastAlongAsATrunk_AndNoLaterVersions()
    {
        await FillAsync();
        await _from.CommitAsync("a", session => session.Say("after the forks"));

        foreach (var id in new ThreadId[] { "early", "g" })
        {
            (await _from.Store.CopyToAsync(_to.Store, new() { Threads = [id] })).Failures.ShouldBeEmpty();
        }

        (await _to.Store.Thread("a").GetInfoAsync()).ShouldBeNull();
        (await _to.TextsAsync("early")).ShouldBe(["1"]);
        (await _to.TextsAsync("g")).ShouldBe(["1", "2", "3", "in f", "in g"]);
        var trunk = (await _to.Memory.ListAsync(new() { Space = ThreadSpace.Trunks, AsOf = _to.Clock.GetUtcNow() })).Heads.Single(head => head.Key.Id.Value.StartsWith("a~", StringComparison.Ordinal));
        (trunk.Version, trunk.PinCount).ShouldBe((3, 2));
        (await _to.Store.VerifyAllAsync()).Damaged.ShouldBeEmpty();
        await _to.Store.CleanupAsync(new() { CheckForks = true });
        (await _to.TextsAsync("g")).Count.ShouldBe(5);
        await _to.Store.Thread("g").EraseAsync();
        (await _to.TextsAsync("early")).ShouldBe(["1"]);
        await _to.Store.Thread("early").EraseAsync();
        await ExpectNothingAsync();
    }

    [Fact]
    public async Task CopyToItself_NamesTheFork()
        => (await Should.ThrowAsync<ArgumentException>(async () => await _from.Store.CopyToAsync(_from.Another()))).Message.ShouldContain("ForkAsync");

    [Theory]
    [InlineData(false, "")]
    [InlineData(true, "")]
    [InlineData(false, "g")]
    [InlineData(true, "g")]
    [InlineData(false, "early g")]
    public async Task ABundle_OfForks_HasWhatTheyShow(bool isErased, string only)
    {
        await FillAsync();
        await _from.CommitAsync("a", session => session.Say("after the forks"));
        if (isErased)
        {
            await _from.Store.Thread("a").EraseAsync();
        }

        var ids = only.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var bundle = await ExportAsync(ids);
        for (var i = 0; i < 2; i++)
        {
            bundle.Position = 0;
            var result = await _to.Store.ImportAsync(bundle);
            (result.IsComplete, i == 0 ? result.Imported : result.Unchanged).ShouldBe((true, ids.Length > 0 ? ids.Length : isErased ? 3 : 4), string.Join('\n', result.Failures));
        }

        await _to.Store.CleanupAsync(new() { CheckForks = true });
        foreach (var id in ids.Length > 0 ? ids : ["f", "g", "early"])
        {
            (await _to.TextsAsync(id)).ShouldBe(await _from.TextsAsync(id));
        }

        (await _to.Store.VerifyAllAsync()).Damaged.ShouldBeEmpty();
        (await _to.Store.Thread("a").GetInfoAsync() is null).ShouldBe(isErased || ids.Length > 0);
        foreach (var id in new[] { "a", "f", "g", "early" })
        {
            await _to.Store.Thread(id).EraseAsync();
        }

        await ExpectNothingAsync();
    }

    [Fact]
    public async Task ABundle_ThatBreaksOffBeforeTheTrunk_ShowsNoFork_AndTheNextImportFinishesIt()
    {
        await FillAsync();
        var bundle = (await ExportAsync("g")).ToArray();
        for (var call = 1; ; call++)
        {
            var to = new TestStore();
            to.Faults.Nth(call, LogCall.Any).FailsBefore(new CrashException());
            var cutOff = await Record.ExceptionAsync(async () => await to.Store.ImportAsync(new MemoryStream(bundle)));
            to.Faults.Heal();
            if (cutOff is not null && await to.Store.Thread("g").GetInfoAsync() is not null)
            {
                (await to.TextsAsync("g")).Count.ShouldBe(5);
            }

            (await to.Store.ImportAsync(new MemoryStream(bundle))).Failures.ShouldBeEmpty();
            await to.Store.CleanupAsync(new() { CheckForks = true });
            (await to.TextsAsync("g")).ShouldBe(["1", "2", "3", "in f", "in g"]);
            if (cutOff is null)
            {
                call.ShouldBeGreaterThan(10);
                return;
            }
        }
    }

    [Fact]
    public async Task ABundleOfAFork_IsImported_WhoeverHasTheIdOfItsSource()
    {
        await FillAsync();
        await _from.Store.Thread("a").EraseAsync();
        var bundle = await ExportAsync("g");
        (await _to.Store.ImportAsync(bundle)).Failures.ShouldBeEmpty();

        var lost = new TestStore();
        await lost.CommitAsync("a", session => session.Say("another"));
        bundle.Position = 0;
        (await lost.Store.ImportAsync(bundle)).Failures.ShouldBeEmpty("its past is the trunk, whoever has the id");
        (await lost.TextsAsync("g")).Count.ShouldBe(5);
    }

    [Fact]
    public async Task InAView_AForkOfSomebodyElsesThread_IsNotExported()
    {
        await _from.CommitAsync("a", session => session.Say("of ann"), new() { UserId = "ann" });
        await _from.Store.Thread("a").ForkAsync("b", new() { UserId = "bob" });
        await _from.Store.Thread("a").ForkAsync("c");
        using var file = new MemoryStream();

        (await _from.Store.ForUser("bob").ExportAsync(file)).Failures.ShouldHaveSingleItem().Error.ShouldBeOfType<ThreadAccessDeniedException>();
        (await _from.Store.ForUser("ann").ExportAsync(new MemoryStream(), new() { Threads = ["c"] })).Failures.ShouldBeEmpty();
    }

    private async Task<MemoryStream> ExportAsync(params string[] ids)
    {
        var bundle = new MemoryStream();
        (await _from.Store.ExportAsync(bundle, new() { Threads = ids.Length == 0 ? null : [.. ids.Select(id => ThreadId.Parse(id))] })).Failures.ShouldBeEmpty();
        bundle.Position = 0;
        return bundle;
    }

    private sealed class CrashException : Exception;

    private async Task FillAsync()
    {
        for (var i = 1; i <= 3; i++)
        {
            await _from.CommitAsync("a", session => session.Say($"{i}"));
        }

        await _from.Store.Thread("a").ForkAsync("early", new() { At = 1 });
        await _from.Store.Thread("a").ForkAsync("f");
        await _from.CommitAsync("f", session => session.Say("in f"));
        await _from.Store.Thread("f").ForkAsync("g");
        await _from.CommitAsync("g", session => session.Say("in g"));
    }

    private async Task ExpectNothingAsync()
    {
        foreach (var space in new[] { ThreadSpace.Threads, ThreadSpace.Trunks })
        {
            (await _to.Memory.ListAsync(new() { Space = space, AsOf = _to.Clock.GetUtcNow() })).Heads.ShouldBeEmpty();
        }
    }
}
