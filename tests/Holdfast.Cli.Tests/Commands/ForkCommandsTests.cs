using Microsoft.Extensions.AI;

namespace Holdfast.Cli.Tests.Commands;

public sealed class ForkCommandsTests : IAsyncDisposable
{
    private readonly Tool _tool = new();

    public ValueTask DisposeAsync() => _tool.DisposeAsync();

    [Fact]
    public async Task Fork_ThenMerge_TakesWhatIsNewBack()
    {
        await SayAsync("t", "one");
        await SayAsync("t", "two");

        (await _tool.RunAsync("fork", "t", "f", "--at", "1")).ShouldExitWith(0).Output.ShouldBe("'f' goes on from version 1 of 't', with 1 messages.\n");
        await SayAsync("f", "three");
        (await _tool.RunAsync("merge", "f")).ShouldExitWith(0).Output.ShouldBe("'f' was merged into 't' by version 3: 1 messages, 0 keys.\n");
        (await _tool.RunAsync("merge", "f", "--json")).ShouldExitWith(0).Json.GetProperty("messages").GetInt32().ShouldBe(0);
        (await _tool.Store.LoadAsync("t"))!.Messages.Select(message => message.Text).ShouldBe(["one", "two", "three"]);

        (await _tool.RunAsync("fork", "t", "f")).ShouldExitWith(4).Error.ShouldContain("a fork of 't' at version 1");
        (await _tool.RunAsync("fork", "none", "g")).ShouldExitWith(3);
        (await _tool.RunAsync("fork", "t", "g", "--at", "99")).ShouldExitWith(3);
        (await _tool.RunAsync("merge", "t")).ShouldExitWith(2).Error.ShouldContain("no fork");
        (await _tool.RunAsync("merge", "none")).ShouldExitWith(3);
    }

    [Fact]
    public async Task Merge_OfTheSameKey_AsksForADecision()
    {
        await SayAsync("t", "one");
        await _tool.RunAsync("fork", "t", "f");
        foreach (var id in new[] { "t", "f" })
        {
            await _tool.Store.UpdateAsync(id, session => session.Variables.Set("x", id));
        }

        var error = (await _tool.RunAsync("merge", "f")).ShouldExitWith(4).Error;
        error.ShouldContain("variables/x");
        error.ShouldContain("hint: --on-conflict theirs");
        (await _tool.RunAsync("merge", "f", "--on-conflict", "theirs")).ShouldExitWith(0);
        (await _tool.Store.OpenAsync("t")).Variables.Get<string>("x").ShouldBe("f");
    }

    [Fact]
    public async Task Tree_IsDrawn()
    {
        await SayAsync("t", "one");
        await SayAsync("t", "two");
        await _tool.RunAsync("fork", "t", "early", "--at", "1");
        await _tool.RunAsync("fork", "t", "f");
        await SayAsync("f", "three");
        await _tool.RunAsync("fork", "f", "g", "--user", "ann");

        (await _tool.RunAsync("tree", "t")).ShouldExitWith(0).Output.ShouldBe("""
            t, at version 2, 2 messages
            ├─ early, forked from version 1 of t, at version 2, 1 messages
            └─ f, forked from version 2 of t, at version 4, 3 messages
               └─ g, forked from version 4 of f, at version 5, 3 messages

            """.ReplaceLineEndings("\n"));
        var json = (await _tool.RunAsync("tree", "t", "--json")).ShouldExitWith(0).Json;
        json.GetProperty("forks")[1].GetProperty("forks")[0].GetProperty("forkedFrom").GetProperty("thread").GetString().ShouldBe("f");
        (await _tool.RunAsync("tree", "none")).ShouldExitWith(3);
    }

    [Fact]
    public async Task CherryPick_MakesWhatOneCommitChanged_AndAsksWhereBothDid()
    {
        await SayAsync("t", "one");
        await _tool.RunAsync("fork", "t", "f");
        await _tool.Store.UpdateAsync("f", session => session.Variables.Set("city", "Bergen"));
        await _tool.Store.UpdateAsync("f", session => session.Variables.Set("city", "Oslo"));

        (await _tool.RunAsync("cherry-pick", "t", "f", "3", "--by", "ann")).ShouldExitWith(0).Output.ShouldBe("Picked variables/city for 't' by version 2.\n");
        (await _tool.Store.Thread("t").LogAsync().FirstAsync()).By.ShouldBe("ann");
        (await _tool.RunAsync("cherry-pick", "t", "f", "3", "--json")).ShouldExitWith(0).Json.GetProperty("picked").GetArrayLength().ShouldBe(0);
        await _tool.Store.UpdateAsync("t", session => session.Variables.Set("city", "Tromsø"));

        (await _tool.RunAsync("cherry-pick", "t", "f", "newest")).ShouldExitWith(4).Error.ShouldContain("variables/city");
        (await _tool.RunAsync("cherry-pick", "t", "f", "newest", "--on-conflict", "ours")).ShouldExitWith(0).Output.ShouldContain("It keeps variables/city.");
        (await _tool.RunAsync("cherry-pick", "t", "f", "newest", "--on-conflict", "theirs")).ShouldExitWith(0);
        (await _tool.Store.OpenAsync("t")).Variables.Get<string>("city").ShouldBe("Oslo");

        (await _tool.RunAsync("cherry-pick", "none", "f", "3")).ShouldExitWith(3);
        (await _tool.RunAsync("cherry-pick", "t", "none", "3")).ShouldExitWith(3);
        (await _tool.RunAsync("cherry-pick", "t", "f", "99")).ShouldExitWith(3);
    }

    private async Task SayAsync(string id, string text) => await _tool.Store.UpdateAsync(id, session => session.History.Add(ChatRole.User, text));
}
