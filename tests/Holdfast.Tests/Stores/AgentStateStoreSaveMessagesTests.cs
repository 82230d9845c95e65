using FsCheck;
using FsCheck.Fluent;
using Holdfast.Logs;
using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Stores;

public sealed class AgentStateStoreSaveMessagesTests
{
    private readonly TestStore _test = new();

    [Theory]
    [InlineData("nothing", "abcdef", "abcdef", 0)]
    [InlineData("append", "abcdef", "abcdefgh", 2)]
    [InlineData("trim from the front", "abcdef", "def", 0)]
    [InlineData("trim from the front and append", "abcdef", "efgh", 2)]
    [InlineData("edit in the middle", "abcdef", "abXdef", 4)]
    [InlineData("remove in the middle", "abcdef", "abdef", 3)]
    [InlineData("truncate the end", "abcdef", "abc", 0)]
    [InlineData("truncate the end and append", "abcdef", "abcXY", 2)]
    [InlineData("insert at the front", "abcdef", "Xabcdef", 7)]
    [InlineData("clear", "abcdef", "", 0)]
    [InlineData("replace all", "abcdef", "XYZ", 3)]
    [InlineData("all the same", "aaaa", "aaa", 0)]
    [InlineData("begin", "", "ab", 2)]
    public async Task Save_ChangedMessages_AppendsOnlyWhatIsNew(string what, string before, string after, int added)
    {
        await SaveAsync(before[..(before.Length / 2)]);
        await SaveAsync(before);

        var commit = await SaveAsync(after);

        commit.MessageCount.ShouldBe(added, what);
        commit.IsEmpty.ShouldBe(before == after);
        string.Concat(await _test.TextsAsync("a")).ShouldBe(after);
        var body = (await _test.BodiesAsync("a"))[^1];
        after.Take(after.Length - added).ShouldAllBe(kept => before == after || !body.Contains($"\"text\":\"{kept}\"", StringComparison.Ordinal));
        await ShouldBeWholeAsync(after.Length);
    }

    [Fact]
    public async Task Save_OneMoreMessageToALongConversation_CostsThatMessage()
    {
        await _test.CommitAsync("a", session => session.Say(Enumerable.Range(0, 1000).Select(i => $"{i} {new string('x', 100)}")));
        var state = (await _test.Store.LoadAsync("a"))!;
        _test.Log.Reset();

        await _test.Store.SaveAsync("a", state.AddMessage(new(ChatRole.User, "one more")));

        _test.Log.Requests.Single().Entry.Body.Length.ShouldBeLessThan(400);
        (await _test.Store.LoadAsync("a"))!.Messages.Count.ShouldBe(1001);
    }

    [Fact]
    public async Task Save_EarlierVersions_StillHaveWhatWasEditedAway()
    {
        await SaveAsync("abcdef");
        await SaveAsync("abX");
        await SaveAsync("");

        string.Concat((await _test.Store.LoadAsync("a", 1))!.Messages.Texts()).ShouldBe("abcdef");
        string.Concat((await _test.Store.LoadAsync("a", 2))!.Messages.Texts()).ShouldBe("abX");
    }

    [Fact]
    public async Task Save_WithAMessageLimit_KeepsTheLastOfWhatWasSaved()
    {
        var test = new TestStore(options => options.Visibility = new() { MaxMessages = 4 });
        await test.Store.SaveAsync("a", State("abcd"));

        await test.Store.SaveAsync("a", State("abcXe"));

        string.Concat(await test.TextsAsync("a")).ShouldBe("bcXe");
        (await test.Store.Thread("a").GetInfoAsync())!.MessageCount.ShouldBe(4);
        (await test.Store.Thread("a").VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    [Fact]
    public void Save_AnySequenceOfConversations_ShowsTheLastAndKeepsTheOthers()
    {
        // Few different texts, so that many of the same follow each other.
        var conversations = Gen.ListOf(Gen.Choose(0, 3).Select(i => "abcX"[i]).ListOf().Select(letters => string.Concat(letters))).ToArbitrary();

        Prop.ForAll(conversations, SaveAllAsync).Check(Config.QuickThrowOnFailure.WithMaxTest(200).WithEndSize(20));
    }

    private static async Task SaveAllAsync(IReadOnlyList<string> conversations)
    {
        var test = new AgentStateStore(new InMemoryCommitLog());
        var stored = new List<string>();
        foreach (var conversation in conversations)
        {
            if (!(await test.SaveAsync("a", State(conversation))).Commit.IsEmpty)
            {
                stored.Add(conversation);
            }

            string.Concat((await test.LoadAsync("a"))?.Messages.Texts() ?? []).ShouldBe(conversation);
        }

        for (var version = 1; version <= stored.Count; version++)
        {
            string.Concat((await test.LoadAsync("a", version))!.Messages.Texts()).ShouldBe(stored[version - 1]);
        }

        (await test.Thread("a").VerifyAsync())?.Problems.ShouldBeEmpty();
    }

    private static AgentState State(string texts) => new() { Messages = [.. texts.Select(text => new ChatMessage(ChatRole.User, text.ToString()))] };

    private async Task<CommitInfo> SaveAsync(string texts)
    {
        var loaded = await _test.Store.LoadAsync("a") ?? new();
        return (await _test.Store.SaveAsync("a", loaded with { Messages = State(texts).Messages })).Commit;
    }

    private async Task ShouldBeWholeAsync(int count)
    {
        (await _test.Store.Thread("a").GetInfoAsync())!.MessageCount.ShouldBe(count);
        (await _test.Store.Thread("a").VerifyAsync())!.Problems.ShouldBeEmpty();
    }
}
