using Holdfast.Logs;
using Microsoft.Extensions.AI;

namespace Holdfast.Backends.Tests;

/// <summary>Forks, forks of forks, and what is erased around them, on every backend.</summary>
public sealed class ForkTests
{
    public static TheoryData<Backend> Backends => [.. Enum.GetValues<Backend>().Select(backend => new TheoryDataRow<Backend>(backend))];

    [Theory, MemberData(nameof(Backends))]
    public async Task Forks_OutliveWhatTheyWereForkedFrom_AndNothingIsLeftOfThem(Backend backend)
    {
        await using var log = await Servers.NewLogAsync(backend);
        await using var store = new AgentStateStore(log);
        for (var i = 1; i <= 6; i++)
        {
            await store.UpdateAsync("a", session =>
            {
                session.History.Add(ChatRole.User, i + new string('.', i == 3 ? 20_000 : 10));
                session.Variables.Set("v", i);
                session.Decisions.Add(new() { Text = $"{i}", Reason = "r" });
            }, new() { UserId = "ann" });
        }

        var a = ThreadKey.Of("a");
        var life = (await log.GetHeadAsync(a))!.Life;
        await store.Thread("a").ForkAsync("f", new() { At = 5 });
        await store.UpdateAsync("f", session => session.History.Add(ChatRole.User, "in f"));
        await store.Thread("f").ForkAsync("g", new() { UserId = "bob" });
        await Task.WhenAll(Enumerable.Range(0, 4).Select(i => store.Thread("a").ForkAsync($"h{i}", new() { At = 2 }).AsTask()));
        (await store.Thread("a").ForksAsync().Select(fork => fork.Id.Value).Order().ToListAsync()).ShouldBe(["f", "g", "h0", "h1", "h2", "h3"]);

        (await store.Thread("a").EraseAsync()).ShouldBeTrue();
        await store.UpdateAsync("a", session => session.History.Add(ChatRole.User, "begun anew"), new() { UserId = "carl" });
        await store.Thread("f").EraseAsync();

        (await TextsAsync(store, "g")).ShouldBe(["1", "2", "3", "4", "5", "i"]);
        (await TextsAsync(store.ForUser("bob"), "g")).Count.ShouldBe(6);
        (await TextsAsync(store, "h2")).ShouldBe(["1", "2"]);
        (await TextsAsync(store, "a")).ShouldBe(["b"]);
        (await store.Thread("g").DecisionsAsync().Select(decision => decision.Text).ToListAsync()).ShouldBe(["5", "4", "3", "2", "1"]);
        (await store.Thread("g").VerifyAsync())!.Problems.ShouldBeEmpty();
        var trunk = (await log.GetHeadAsync(new HeadRequest { Key = ThreadKey.Trunk(a, life), WithPins = true }))!;
        (trunk.PinCount, trunk.UserId, trunk.MessageCount, trunk.ExpiresAt).ShouldBe((5, "ann", 0L, null));
        (await log.ReadAsync(trunk.Key).Select(entry => entry.RewrittenHash is null).ToListAsync()).ShouldBe([true, true, true, true, true, false, true]);

        await store.CleanupAsync(new() { CheckForks = true });
        (await TextsAsync(store, "g")).Count.ShouldBe(6);
        foreach (var id in new[] { "g", "h0", "h1", "h2", "h3", "a" })
        {
            (await store.Thread(id).EraseAsync()).ShouldBeTrue();
        }

        foreach (var space in new[] { ThreadSpace.Threads, ThreadSpace.Trunks })
        {
            (await log.ListAsync(new() { Space = space, AsOf = TimeProvider.System.GetUtcNow() })).Heads.ShouldBeEmpty();
        }
    }

    // The first letter of each message.
    private static async Task<List<string>> TextsAsync(AgentStateStore store, string id)
    {
        var texts = new List<string>();
        await foreach (var message in (await store.OpenAsync(id)).History)
        {
            texts.Add(message.Text[..1]);
        }

        return texts;
    }
}
