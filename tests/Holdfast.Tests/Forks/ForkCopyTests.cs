using Holdfast.Logs;
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

    [Fact]
    public async Task Export_OfAFork_IsToldAsLeftOut()
    {
        await FillAsync();
        using var file = new MemoryStream();

        var result = await _from.Store.ExportAsync(file);

        result.Failures.Select(failure => failure.Key.Id.Value).ShouldBe(["early", "f", "g"], ignoreOrder: true);
    }

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
