using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Policies;

public sealed class VisibilityTests
{
    [Fact]
    public async Task MaxMessages_HidesTheOldestWithEachCommit_AndEarlierVersionsHaveThem()
    {
        var test = new TestStore(options => options.Visibility = new() { MaxMessages = 3 });
        for (var i = 1; i <= 6; i++)
        {
            await test.CommitAsync("a", session => session.Say(i.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        }

        (await test.TextsAsync("a")).ShouldBe(["4", "5", "6"]);
        (await test.Store.Thread("a").GetInfoAsync())!.MessageCount.ShouldBe(3);
        (await test.Store.LoadAsync("a", 3))!.Messages.Texts().ShouldBe(["1", "2", "3"]);
        (await test.Store.Thread("a").VerifyAsync())!.IsIntact.ShouldBeTrue();
    }

    [Fact]
    public async Task MaxMessages_MoreInOneCommitThanAllowed_AreStoredAllTheSame()
    {
        var test = new TestStore(options => options.Visibility = new() { MaxMessages = 2 });
        await test.CommitAsync("a", session => session.Say("1", "2", "3", "4"));
        await test.CommitAsync("a", session => session.Say("5"));

        (await test.TextsAsync("a")).ShouldBe(["4", "5"]);
        (await test.BodiesAsync("a"))[0].ShouldContain("\"text\":\"1\"");
        (await test.Store.Thread("a").GetInfoAsync())!.MessageCount.ShouldBe(2);
        (await test.Store.Thread("a").VerifyAsync())!.IsIntact.ShouldBeTrue();
    }

    [Fact]
    public async Task MaxMessages_ACutBetweenACallAndItsResults_KeepsFewer()
    {
        var test = new TestStore(options => options.Visibility = new() { MaxMessages = 3 });
        await test.CommitAsync("a", session => session.History.AddRange(
            [new(ChatRole.User, "u"), Conversations.Call("a", "b"), Conversations.Result("a"), Conversations.Result("b"), new(ChatRole.Assistant, "answer")]));

        (await (await test.Store.OpenAsync("a")).History.LastAsync(10)).Names().ShouldBe(["answer"]);
    }

    [Fact]
    public async Task MaxMessages_AnExchangeThatIsLongerThanAllowed_StaysWhole()
    {
        var test = new TestStore(options => options.Visibility = new() { MaxMessages = 2 });
        await test.CommitAsync("a", session => session.History.AddRange(
            [new(ChatRole.User, "u"), Conversations.Call("a", "b"), Conversations.Result("a"), Conversations.Result("b")]));

        (await (await test.Store.OpenAsync("a")).History.LastAsync(10)).Names().ShouldBe(["call a call b", "result a", "result b"]);
        (await test.Store.Thread("a").GetInfoAsync())!.MessageCount.ShouldBe(3);
    }

    [Fact]
    public async Task MaxMessages_OverManyTurns_KeepsTheBodiesSmall()
    {
        var test = new TestStore(options => options.Visibility = new() { MaxMessages = 10 });
        var session = await test.Store.OpenAsync("a");
        for (var i = 0; i < 500; i++)
        {
            session.Say("turn " + i);
            await session.CommitAsync();
        }

        test.Log.Requests.Where(request => !request.Entry.IsKeyframe).Max(request => request.Entry.Body.Length).ShouldBeLessThan(200);
        (await session.History.TextsAsync()).ShouldBe(Enumerable.Range(490, 10).Select(i => "turn " + i));
    }

    [Fact]
    public async Task MaxVariables_RemovesThoseThatWereSetFirst_ButNotTheEssentialOnes()
    {
        var test = new TestStore(options => options.Visibility = new() { MaxVariables = 3, EssentialVariables = ["name"] });
        await test.CommitAsync("a", session => Set(session, "name", "1", "2"));

        var commit = await test.CommitAsync("a", session => Set(session, "3", "4"));

        commit.Set.ShouldBe(["variables/3", "variables/4"]);
        commit.Removed.ShouldBe(["variables/1", "variables/2"]);
        (await test.Store.OpenAsync("a")).Variables.Keys.ShouldBe(["name", "3", "4"]);
        (await test.Store.LoadAsync("a", 1))!.Variables.Keys.ShouldBe(["name", "1", "2"]);
    }

    [Fact]
    public async Task MaxVariables_FewerThanTheEssentialOnes_KeepsTheEssentialOnes()
    {
        var test = new TestStore(options => options.Visibility = new() { MaxVariables = 1, EssentialVariables = ["a", "b"] });
        await test.CommitAsync("a", session => Set(session, "x", "a", "y", "b"));

        (await test.Store.OpenAsync("a")).Variables.Keys.ShouldBe(["a", "b"]);
    }

    [Fact]
    public async Task MaxVariables_AKeyThatIsRemovedAndSetAgain_CountsAsNew()
    {
        var test = new TestStore(options => options.Visibility = new() { MaxVariables = 2 });
        await test.CommitAsync("a", session => Set(session, "1", "2"));
        await test.CommitAsync("a", session =>
        {
            session.Variables.Remove("1");
            session.Variables.Set("1", "again");
        });

        // Read anew, as another process would.
        var another = await test.Another().OpenAsync("a");
        another.Variables.Keys.ShouldBe(["2", "1"]);
        Set(another, "3");
        await another.CommitAsync();

        (await test.Store.OpenAsync("a")).Variables.Keys.ShouldBe(["1", "3"]);
    }

    [Fact]
    public async Task MaxVariables_LimitsVariablesOnly()
    {
        var test = new TestStore(options => options.Visibility = new() { MaxVariables = 0 });
        await test.CommitAsync(
            "a",
            session =>
            {
                Set(session, "x");
                session.Metadata.Set("topic", "x");
                session.Tools["search"].Set("cursor", 1);
                session.User.Set("city", "Oslo");
            },
            new() { UserId = "ann" });

        var session = await test.Store.OpenAsync("a", new() { UserId = "ann" });
        (session.Variables.Count, session.Metadata.Count, session.Tools["search"].Count, session.User.Count).ShouldBe((0, 1, 1, 1));
    }

    [Fact]
    public async Task Retention_OfOneSession_CanBeAnother()
    {
        var test = new TestStore();
        await test.CommitAsync("a", session => session.Say("1", "2", "3"));
        var session = await test.Store.OpenAsync("a");
        session.Visibility.ShouldBe(new VisibilityPolicy());
        session.Visibility = new() { MaxMessages = 1 };
        session.Say("4");
        await session.CommitAsync();

        (await test.TextsAsync("a")).ShouldBe(["4"]);
    }

    [Fact]
    public async Task Retention_WithNothingToCommit_WritesNothing()
    {
        var test = new TestStore();
        await test.CommitAsync("a", session => session.Say("1", "2", "3"));
        var session = await test.Store.OpenAsync("a");
        session.Visibility = new() { MaxMessages = 1, MaxVariables = 0 };

        (await session.CommitAsync()).IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task Retention_OutOfRange_IsRefused()
    {
        Should.Throw<StateConfigurationException>(() => new TestStore(options => options.Visibility = new() { MaxMessages = 0 })).Message.ShouldContain("MaxMessages");
        Should.Throw<StateConfigurationException>(() => new TestStore(options => options.Visibility = new() { MaxVariables = -1 })).Message.ShouldContain("MaxVariables");
        var session = await new TestStore().Store.OpenAsync("a");
        Should.Throw<StateConfigurationException>(() => session.Visibility = new() { MaxMessages = 0 });
        Should.Throw<ArgumentNullException>(() => session.Visibility = null!);
    }

    private static void Set(ThreadSession session, params string[] keys) => Array.ForEach(keys, key => session.Variables.Set(key, key));
}
