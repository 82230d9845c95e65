using System.Text.Json;
using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.TimeMachine;

public sealed class DiffTests
{
    private readonly TestStore _test = new();

    private ThreadHandle Thread => _test.Store.Thread("a");

    [Fact]
    public async Task Diff_OfTwoPoints_HasEverythingThatIsDifferent()
    {
        await FillAsync();

        var diff = (await Thread.DiffAsync(1, 2))!;

        (diff.From, diff.To).ShouldBe((new("a", 1), new PlaceInThread("a", 2)));
        diff.Status.ShouldBe(new(ThreadStatus.Idle, ThreadStatus.Thinking));
        diff.Agent.ShouldBe(new("Billing", "Support"));
        diff.Owner.ShouldBeNull();
        diff.DecisionCount.ShouldBe(new(0, 1));
        diff.Keys.Select(key => key.ToString()).ShouldBe(["variables/draft Removed", "variables/prefs Changed", "variables/new Added", "metadata/topic Changed", "todos/t Changed", "tools/search/cursor Changed"]);
        diff.Keys[1].Changes.Select(change => $"{change.Kind} {change.Path} {change.Before} {change.After}").ShouldBe(
            ["Changed /theme dark light", "Changed /langs/1 de fr", "Added /langs/2  it", "Removed /a~1b 1 ", "Added /c~0d  2"]);
        diff.Keys[4].Changes.Single().ShouldBe(new("/status", DiffKind.Changed, diff.Keys[4].Before!.Value.GetProperty("status"), diff.Keys[4].After!.Value.GetProperty("status")), Same);
        diff.Records.ShouldBe([new("report", DiffKind.Changed), new("gone", DiffKind.Removed)], ignoreOrder: true);
        diff.Messages.Select(message => $"{message.Kind} {message.AfterIndex} {message.After!.Text}").ShouldBe(["Added 2 third"]);
        diff.IsEmpty.ShouldBeFalse();
    }

    [Fact]
    public async Task Diff_IsItsOwnOpposite()
    {
        await FillAsync();

        var (there, back) = ((await Thread.DiffAsync(1))!, (await Thread.DiffAsync(2, 1))!);

        back.Keys.Select(key => (key.Section, key.Key, Reverse(key.Kind))).ShouldBe(there.Keys.Select(key => (key.Section, key.Key, key.Kind)), ignoreOrder: true);
        back.Messages.Select(message => (Reverse(message.Kind), message.Before!.Text)).ShouldBe(there.Messages.Select(message => (message.Kind, message.After!.Text)));
        (await Thread.DiffAsync(2, ThreadPoint.Newest))!.IsEmpty.ShouldBeTrue();
        (await Thread.DiffAsync(0, 0))!.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task Diff_AfterARestore_IsEmpty_AndShowsWhatItHid()
    {
        await FillAsync();
        await Thread.RestoreAsync(1);

        (await Thread.DiffAsync(1))!.IsEmpty.ShouldBeTrue();
        (await Thread.DiffAsync(2))!.Messages.Select(message => (message.Kind, message.Before!.Text)).ShouldBe([(DiffKind.Removed, "third")]);
    }

    [Fact]
    public async Task Diff_OfALongConversation_ReadsOnlyWhatIsDifferent()
    {
        for (var i = 0; i < 500; i++)
        {
            await _test.CommitAsync("a", session => session.Say(new string('x', 200)));
        }

        await Thread.RestoreAsync(400);
        await _test.CommitAsync("a", session => session.Say("other way"));
        _test.Log.Reset();

        var diff = (await Thread.DiffAsync(410))!;

        diff.Messages.Count(message => message.Kind == DiffKind.Removed).ShouldBe(10);
        diff.Messages[^1].AfterIndex.ShouldBe(400);
        _test.Log.BytesRead.ShouldBeLessThan(200_000);
    }

    [Fact]
    public async Task Diff_OfTwoThreads_ComparesTheirContent()
    {
        await _test.CommitAsync("a", session => session.Say("one", "two", "three"));
        await _test.CommitAsync("b", session => session.Say("one", "three", "four"));
        await _test.CommitAsync("b", session => session.Variables.Set("n", 1));

        var diff = (await Thread.DiffAsync(ThreadPoint.Newest, "b"))!;

        diff.Messages.Select(message => $"{message.Kind} {message.BeforeIndex} {message.AfterIndex}").ShouldBe(["Removed 1 ", "Added  2"]);
        diff.Keys.Single().ToString().ShouldBe("variables/n Added");
        (await Thread.DiffAsync(0, "none")).ShouldBeNull();
        (await _test.Store.Thread("none").DiffAsync(0)).ShouldBeNull();
        await Should.ThrowAsync<PointNotFoundException>(async () => await Thread.DiffAsync(7));
    }

    [Fact]
    public async Task Diff_OfAnEditedMessage_ShowsItsTextLineByLine()
    {
        await _test.CommitAsync("a", session => session.Say("before", "Dear customer,\nwe refund 20 euros.\nYours", "after"));
        var state = (await Thread.LoadAsync())!;
        await _test.Store.SaveAsync("a", state with { Messages = [.. state.Messages.Select(message => message.Text.StartsWith("Dear", StringComparison.Ordinal) ? new ChatMessage(ChatRole.User, "Dear customer,\nwe refund 25 euros.\nYours") { CreatedAt = message.CreatedAt } : message)] });

        var edited = (await Thread.DiffAsync(1))!.Messages.Single();

        (edited.Kind, edited.BeforeIndex, edited.AfterIndex).ShouldBe((DiffKind.Changed, 1, 1));
        edited.TextChanges.ShouldBe(["@@ -1,3 +1,3 @@", " Dear customer,", "-we refund 20 euros.", "+we refund 25 euros.", " Yours"]);
    }

    [Fact]
    public async Task Text_IsReadable_AndInColourWhereThatIsAskedFor()
    {
        await FillAsync();
        var diff = (await Thread.DiffAsync(1, 2))!;

        diff.ToText().ShouldBe(
            """
            --- a version 1
            +++ a version 2
            status: idle → thinking
            agent: Billing → Support
            decisions: 0 → 1
            variables
              - draft: 1
              ~ prefs
                  ~ /theme: "dark" → "light"
                  ~ /langs/1: "de" → "fr"
                  + /langs/2: "it"
                  - /a~1b: 1
                  + /c~0d: 2
              + new: true
            metadata
              ~ topic: "refund" → "complaint"
            todos
              ~ t
                  ~ /status: "pending" → "completed"
            tools/search
              ~ cursor: 7 → 8
            records
              ~ report
              - gone
            messages
              + 2 user: third

            """.ReplaceLineEndings("\n"));
        diff.ToText(color: true).ShouldContain("\e[32m  + new: true\e[0m\n");
        (await Thread.DiffAsync(2))!.ToText().ShouldEndWith("Nothing is different.\n");
    }

    [Fact]
    public async Task Text_OfHostileContent_CannotSteerATerminal()
    {
        await _test.CommitAsync("a", session =>
        {
            session.Say("\e[31mred\u009b\n+ fake\u202e");
            session.Variables.Set("k\u202e", "v\u2028");
        });

        var text = (await Thread.DiffAsync(0))!.ToText();

        text.Where(c => char.IsControl(c) && c != '\n').ShouldBeEmpty();
        text.Split('\n').Length.ShouldBe(7);
        text.ShouldContain(@"\u001b[31mred\u009b\n+ fake\u202e");
    }

    [Fact]
    public async Task Json_HasTheDocumentedForm()
    {
        await FillAsync();

        var json = JsonElement.Parse((await Thread.DiffAsync(1, 2))!.ToJson());

        json.GetProperty("from").ToString().ShouldBe("""{"thread":"a","version":1}""");
        json.GetProperty("status").ToString().ShouldBe("""{"before":"idle","after":"thinking"}""");
        json.GetProperty("keys")[1].GetProperty("changes")[0].ToString().ShouldBe("""{"path":"/theme","kind":"changed","before":"dark","after":"light"}""");
        json.GetProperty("keys")[0].ToString().ShouldBe("""{"section":"variables","key":"draft","kind":"removed","before":1}""");
        json.GetProperty("messages")[0].GetProperty("after").GetProperty("role").GetString().ShouldBe("user");
        json.GetProperty("decisionCount").GetProperty("after").GetInt64().ShouldBe(1);
    }

    private static DiffKind Reverse(DiffKind kind) => kind switch
    {
        DiffKind.Added => DiffKind.Removed,
        DiffKind.Removed => DiffKind.Added,
        _ => kind,
    };

    private static IEqualityComparer<JsonChange> Same { get; } = EqualityComparer<JsonChange>.Create((left, right) => left!.ToString() == right!.ToString());

    private async Task FillAsync()
    {
        await _test.CommitAsync(
            "a",
            session =>
            {
                session.Say("first", "second");
                session.Variables.Set("draft", 1);
                session.Variables.Set("prefs", JsonElement.Parse("""{"theme":"dark","langs":["en","de"],"a/b":1}"""));
                session.Variables.Set("same", "x");
                session.Metadata.Set("topic", "refund");
                session.Todos.Put(new() { Id = "t", Content = "refund" });
                session.Tools["search"].Set("cursor", 7);
                session.Records.Put("report", "1");
                session.Records.Put("gone", "1");
            },
            new() { Agent = "Billing" });
        await _test.CommitAsync(
            "a",
            session =>
            {
                session.Say("third");
                session.Variables.Remove("draft");
                session.Variables.Set("prefs", JsonElement.Parse("""{"theme":"light","langs":["en","fr","it"],"c~d":2}"""));
                session.Variables.Set("new", true);
                session.Metadata.Set("topic", "complaint");
                session.Todos.SetStatus("t", TodoStatus.Completed);
                session.Tools["search"].Set("cursor", 8);
                session.Records.Put("report", "2");
                session.Records.Remove("gone");
                session.Decisions.Add("refund", "it broke");
                session.Status = ThreadStatus.Thinking;
            },
            new() { Agent = "Support" });
    }
}
