using System.Text.Json;
using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Forks;

/// <summary>Merging a fork back: what is new in it, once, with one commit.</summary>
public sealed class MergeTests
{
    private readonly TestStore _test = new();

    [Fact]
    public async Task Merge_TakesWhatIsNewInTheFork_AndKeepsWhatIsNewInTheThread()
    {
        await ForkAsync();
        await _test.CommitAsync("f", session =>
        {
            session.Say("f1");
            session.Variables.Set("theirs", 1);
            session.Variables.Remove("old");
            session.Records.Put("report", "of the fork");
            session.Todos.Add("from the fork");
            session.Decisions.Add(new() { Text = "by bus", Reason = "r" });
            session.Decisions.Add(new() { Text = "at noon", Reason = "r" });
        });
        await _test.CommitAsync("a", session =>
        {
            session.Say("a1");
            session.Variables.Set("ours", 1);
        });

        var commit = await _test.Store.Thread("f").MergeAsync(new() { By = "ann" });

        (commit.ThreadId.Value, commit.Version, commit.MessageCount, commit.Reason, commit.By).ShouldBe(("a", 4L, 1, "merged f", "ann"));
        (commit.Merges!.Id.Value, commit.Merges.Version).ShouldBe(("f", 4L));
        (await _test.TextsAsync("a")).ShouldBe(["1", "2", "a1", "f1"]);
        var a = await _test.Store.OpenAsync("a");
        a.Variables.Keys.Order().ShouldBe(["both", "ours", "theirs"]);
        (await a.Records.GetAsync<string>("report")).ShouldBe("of the fork");
        a.Todos.Count.ShouldBe(1);
        (await _test.Store.Thread("a").DecisionsAsync().Select(decision => decision.Text).ToListAsync()).ShouldBe(["at noon", "by bus", "by train"]);
        (await _test.Store.Thread("a").VerifyAsync())!.Problems.ShouldBeEmpty();
        (await _test.Store.Thread("a").LogAsync().FirstAsync()).Merges.ShouldBe(commit.Merges);
        (await _test.TextsAsync("f")).ShouldBe(["1", "2", "f1"]);
    }

    [Theory]
    [InlineData(0, 1, "1 2 f1 f2")]
    [InlineData(0, 2, "1 2 f1 f2")]
    [InlineData(1, 2, "1 2 f1 f2")]
    [InlineData(0, 3, "1 2 sum f2")]
    [InlineData(2, 4, "1 2 sum")]
    [InlineData(3, 4, "1 2 f1 sum")]
    public async Task Merge_TakesASummaryAlong_OnlyIfItStandsForMessagesOfTheFork(int from, int to, string expected)
    {
        await ForkAsync();
        await _test.CommitAsync("f", session => session.Say("f1"));
        await _test.CommitAsync("f", session => session.Say("f2"));
        var session = await _test.Store.OpenAsync("f");
        await session.History.SummarizeAsync(from..to, "sum");
        await session.CommitAsync();

        await _test.Store.Thread("f").MergeAsync();

        string.Join(' ', await _test.TextsAsync("a")).ShouldBe(expected);
        (await _test.Store.Thread("a").VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task Merge_AgainOfAForkThatWasSummarizedSince_TakesNoSummaryOfWhatWasMerged()
    {
        await ForkAsync();
        await _test.CommitAsync("f", session => session.Say("f1"));
        await _test.Store.Thread("f").MergeAsync();
        await _test.CommitAsync("f", session => session.Say("f2"));
        var session = await _test.Store.OpenAsync("f");
        await session.History.SummarizeAsync(..3, "sum");
        await session.CommitAsync();

        await _test.Store.Thread("f").MergeAsync();

        (await _test.TextsAsync("a")).ShouldBe(["1", "2", "f1", "f2"]);
    }

    [Fact]
    public async Task Merge_Again_TakesOnlyWhatIsNew()
    {
        await ForkAsync();
        await _test.CommitAsync("f", session => session.Say("f1"));
        await _test.Store.Thread("f").MergeAsync();
        (await _test.Store.Thread("f").MergeAsync()).IsEmpty.ShouldBeTrue();

        await _test.CommitAsync("a", session => session.Variables.Set("both", "changed in the thread since"));
        await _test.CommitAsync("f", session => session.Say("f2"));
        (await _test.Store.Thread("f").MergeAsync()).MessageCount.ShouldBe(1);

        (await _test.TextsAsync("a")).ShouldBe(["1", "2", "f1", "f2"]);
        (await _test.Store.OpenAsync("a")).Variables.Get<string>("both").ShouldBe("changed in the thread since");
    }

    [Fact]
    public async Task Conflict_IsTold_AndNothingIsWritten()
    {
        await ConflictAsync();

        var error = await Should.ThrowAsync<MergeConflictException>(async () => await _test.Store.Thread("f").MergeAsync());

        error.Conflicts.Select(conflict => conflict.ToString()).ShouldBe(["records/report", "variables/both"], ignoreOrder: true);
        (await _test.TextsAsync("a")).ShouldBe(["1", "2"]);
        (await _test.Store.OpenAsync("a")).Version.ShouldBe(3);
    }

    [Theory, InlineData(ConflictPolicy.Theirs, "fork"), InlineData(ConflictPolicy.Ours, "thread")]
    public async Task Conflict_IsDecidedByPolicy(ConflictPolicy policy, string expected)
    {
        await ConflictAsync();

        await _test.Store.Thread("f").MergeAsync(new() { OnConflict = policy });

        var a = await _test.Store.OpenAsync("a");
        (a.Variables.Get<string>("both"), await a.Records.GetAsync<string>("report")).ShouldBe((expected, expected));
        (await _test.TextsAsync("a")).ShouldBe(["1", "2", "f1"]);
    }

    [Fact]
    public async Task Conflict_IsDecidedByACallback()
    {
        await ConflictAsync();
        var asked = new List<string>();

        await _test.Store.Thread("f").MergeAsync(new()
        {
            Resolve = (conflict, _) =>
            {
                asked.Add($"{conflict.Section}/{conflict.Key}: {conflict.Origin}, {conflict.Ours}, {conflict.Theirs}");
                return Task.FromResult(conflict.Section == "records" ? JsonSerializer.SerializeToElement("both") : (JsonElement?)null);
            },
        });

        asked.ShouldBe(["variables/both: before, thread, fork", "records/report: before, thread, fork"], ignoreOrder: true);
        var a = await _test.Store.OpenAsync("a");
        a.Variables.Keys.ShouldNotContain("both");
        (await a.Records.GetAsync<string>("report")).ShouldBe("both");
    }

    [Fact]
    public async Task Callback_ThatDecidesNothing_IsToldByTheKey_AndNothingIsWritten()
    {
        await ConflictAsync();
        var version = (await _test.Store.LoadAsync("a"))!.Version;

        (await Should.ThrowAsync<InvalidStateValueException>(async () => await _test.Store.Thread("f").MergeAsync(new() { Resolve = (_, _) => Task.FromResult<JsonElement?>(default(JsonElement)) })))
            .Message.ShouldContain("MergeOptions.Resolve returned a JsonElement without a value for variables/both");

        (await _test.Store.LoadAsync("a"))!.Version.ShouldBe(version);
    }

    [Fact]
    public async Task Merge_AgainstACommit_IsMadeOnTopOfIt()
    {
        await ForkAsync();
        await _test.CommitAsync("f", session => session.Say("f1"));
        _test.Faults.Next(Testing.LogCall.Append).RunsBefore(async () => await _test.CommitAsync("a", session => session.Say("a1")));

        await _test.Store.Thread("f").MergeAsync();

        (await _test.TextsAsync("a")).ShouldBe(["1", "2", "a1", "f1"]);
    }

    [Fact]
    public async Task Merge_OfACutConversation_AddsWhatTheForkShows()
    {
        await ForkAsync();
        await _test.CommitAsync("f", session => session.Say("f1", "f2", "f3"));
        await _test.CommitAsync("f", session => session.History.KeepLast(2));

        await _test.Store.Thread("f").MergeAsync();

        (await _test.TextsAsync("a")).ShouldBe(["1", "2", "f2", "f3"]);
    }

    [Fact]
    public async Task Merge_IsUndoneByARestore_AndCanBeMadeAgain()
    {
        await ForkAsync();
        await _test.CommitAsync("f", session => session.Say("f1"));
        await _test.Store.Thread("f").MergeAsync();
        await _test.Store.Thread("a").RollbackAsync(1);
        (await _test.TextsAsync("a")).ShouldBe(["1", "2"]);

        await _test.Store.Thread("f").MergeAsync();

        (await _test.TextsAsync("a")).ShouldBe(["1", "2", "f1"]);
    }

    [Fact]
    public async Task OpenCalls_AreNotMerged_NorIsAnythingPutBetweenACallAndItsResult()
    {
        await ForkAsync();
        await _test.CommitAsync("f", session => session.History.Add(Conversations.Call("c1")));
        await Should.ThrowAsync<OpenCallsException>(async () => await _test.Store.Thread("f").MergeAsync());

        await _test.CommitAsync("f", session => session.History.Add(Conversations.Result("c1")));
        await _test.CommitAsync("a", session => session.History.Add(Conversations.Call("c2")));
        await Should.ThrowAsync<OpenCallsException>(async () => await _test.Store.Thread("f").MergeAsync());

        await _test.CommitAsync("a", session => session.History.Add(Conversations.Result("c2")));
        await _test.Store.Thread("f").MergeAsync();
        (await (await _test.Store.OpenAsync("a")).History.LastAsync(10)).Names().ShouldBe(["1", "2", "call c2", "result c2", "call c1", "result c1"]);
    }

    [Fact]
    public async Task Merge_IntoWhatIsNotThere_IsRefused()
    {
        await ForkAsync();
        await _test.CommitAsync("f", session => session.Say("f1"));
        await Should.ThrowAsync<InvalidOperationException>(async () => await _test.Store.Thread("a").MergeAsync());
        await Should.ThrowAsync<ThreadNotFoundException>(async () => await _test.Store.Thread("none").MergeAsync());

        await _test.Store.Thread("a").EraseAsync();
        await Should.ThrowAsync<ThreadNotFoundException>(async () => await _test.Store.Thread("f").MergeAsync());
        await _test.CommitAsync("a", session => session.Say("another"));
        (await Should.ThrowAsync<ThreadNotFoundException>(async () => await _test.Store.Thread("f").MergeAsync())).Message.ShouldContain("another one was begun under its id");
    }

    private async Task ConflictAsync()
    {
        await ForkAsync();
        foreach (var (id, value) in new[] { ("a", "thread"), ("f", "fork") })
        {
            await _test.CommitAsync(id, session =>
            {
                session.Variables.Set("both", value);
                session.Records.Put("report", value);
            });
        }

        await _test.CommitAsync("f", session => session.Say("f1"));
    }

    private async Task ForkAsync()
    {
        await _test.CommitAsync("a", session =>
        {
            session.Say("1");
            session.Variables.Set("both", "before");
            session.Variables.Set("old", 1);
            session.Records.Put("report", "before");
            session.Decisions.Add(new() { Text = "by train", Reason = "r" });
        });
        await _test.CommitAsync("a", session => session.Say("2"));
        await _test.Store.Thread("a").ForkAsync("f");
    }
}
