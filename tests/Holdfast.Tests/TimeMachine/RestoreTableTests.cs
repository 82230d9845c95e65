using System.Text.Json;
using Holdfast.Logs;
using Holdfast.Tests.Support;

namespace Holdfast.Tests.TimeMachine;

/// <summary>The table of docs/time-machine.md, row by row: what a restore brings back, and what it leaves as it is.</summary>
public sealed class RestoreTableTests
{
    private const string Then = "then";
    private const string Now = "now";

    // What is changed before the point and after it, and how it is read.
    private static readonly Dictionary<string, (bool Returns, Func<TestStore, string, Task> Change, Func<TestStore, Task<string?>> Read)> Rows = new()
    {
        ["messages"] = (true, InSession((session, text) => session.Say(text)), async test => string.Join(',', await test.TextsAsync("a"))),
        ["variables"] = (true, InSession((session, text) => session.Variables.Set("v", text)), InSession(session => session.Variables.Get("v", ""))),
        ["metadata"] = (true, InSession((session, text) => session.Metadata.Set("m", text)), InSession(session => session.Metadata.Get("m", ""))),
        ["todos"] = (true, InSession((session, text) => session.Todos.Put(new() { Id = "t", Content = text })), InSession(session => session.Todos.Single().Content)),
        ["goals"] = (true, InSession((session, text) => session.Goals.Put(new() { Id = "g", Text = text })), InSession(session => session.Goals.Single().Text)),
        ["decisions"] = (true, InSession((session, text) => session.Decisions.Add(text, "why")), async test => (await test.Store.Thread("a").DecisionsAsync().FirstAsync()).Text),
        ["states of tools"] = (true, InSession((session, text) => session.Tools["t"].Set("k", text)), InSession(session => session.Tools["t"].Get("k", ""))),
        ["records"] = (true, InSession((session, text) => session.Records.Put("r", text)), async test => await (await test.Store.OpenAsync("a")).Records.GetAsync<string>("r")),
        ["sections of your own"] = (true, InSession((session, text) => session.Section("mine").Set("k", text)), InSession(session => session.Section("mine").Get("k", ""))),
        ["times after which keys are gone"] = (true, KeyForAsync, async test => (await test.Store.OpenAsync("a")).State.State.TryGet("$expires", "variables/k", out var time) ? Said(time, test) : null),
        ["variables of the user, in a thread without an owner"] = (true, InSession((session, text) => session.User.Set("u", text)), InSession(session => session.User.Get("u", ""))),
        ["agent"] = (true, InSession((session, text) => session.Agent = text), InSession(session => session.Agent)),
        ["status"] = (true, InSession((session, text) => session.Status = text == Then ? ThreadStatus.WaitingForInput : ThreadStatus.Thinking), async test => (await InfoAsync(test)).Status == ThreadStatus.WaitingForInput ? Then : Now),
        ["calls without results"] = (true, CallAsync, InSession(session => string.Join(',', session.State.State.OpenCalls.Calls.Select(call => call.Id)))),
        ["owner"] = (false, OwnAsync, async test => (await InfoAsync(test)).UserId),
        ["expiry"] = (false, (test, text) => test.Store.Thread("a").ExtendAsync(TimeSpan.FromHours(text == Then ? 1 : 2)).AsTask(), async test => (await InfoAsync(test)).ExpiresAt == test.Clock.GetUtcNow().AddHours(1) ? Then : Now),
        ["labels"] = (false, async (test, text) => await test.Store.Thread("a").LabelAsync("l", text == Then ? 0 : 1, new() { Move = true }), async test => (await test.Store.Thread("a").LabelsAsync()).Single().Version == 0 ? Then : Now),
        ["turns that ended, and their steps"] = (false, TurnAsync, async test => await test.Store.Thread("a").TurnsAsync().Select(turn => turn.By ?? "").FirstAsync()),
        ["keys of turns"] = (false, TurnAsync, async test => await KeyIsKnownAsync(test, Now) ? Now : Then),
        ["answered interrupts"] = (false, AskAsync, async test => (await test.Store.OpenAsync("a")).State.State.Find("$interrupts")!.Count == 2 ? Now : Then),
        ["input that waits for its turn"] = (false, SubmitAsync, async test => await test.Store.Thread("a").TurnsAsync().CountAsync() == 2 ? Now : Then),
        ["a lease without a turn"] = (false, LeaseAsync, async test => (await test.Store.OpenAsync("a")).State.State.Peek("$lease", "holder") is null ? Then : Now),
        ["variables of the owner, and of the application"] = (false, async (test, text) => await test.Store.UpdateAppAsync(app => app.Set("x", text)), async test => (await test.Store.OpenAsync("a", new() { LoadApp = true })).App.Get("x", "")),
        ["earlier versions"] = (false, InSession((session, text) => session.Variables.Set("v", text)), async test => (await test.Store.LoadAsync("a", ThreadPoint.Back(1)))!.Variables.Get("v", "")),
    };

    public static TheoryData<string> Names => [.. Rows.Keys];

    [Theory, MemberData(nameof(Names))]
    public async Task ARestore_BringsBack_WhatTheTableSays(string name)
    {
        var test = new TestStore();
        await test.CommitAsync("a", session => session.Section("other").Set("begun", true));
        var (returns, change, read) = Rows[name];
        await change(test, Then);
        var version = (await InfoAsync(test)).Version;
        await test.CommitAsync("a", session => session.Section("other").Set("k", "changed"));
        await change(test, Now);

        (await test.Store.Thread("a").RestoreAsync(version)).IsEmpty.ShouldBeFalse();

        (await read(test)).ShouldBe(returns ? Then : Now);
        (await test.Store.LoadAsync("a"))!.OtherSections["other"].Keys.ShouldBe(["begun"]);
        (await test.Store.Thread("a").VerifyAsync())!.Problems.ShouldBeEmpty();
    }

    [Fact]
    public async Task ATurnThatRuns_IsCancelled_AndFencedOff()
    {
        var test = new TestStore();
        await test.CommitAsync("a", session => session.Say("1"));
        await using var turn = await test.Store.Thread("a").BeginTurnAsync("hi", new() { Key = "k" });

        await test.Store.Thread("a").RestoreAsync(1);

        await Should.ThrowAsync<LeaseLostException>(async () => await turn.AddAsync([new(Microsoft.Extensions.AI.ChatRole.Assistant, "late")]));
        (await test.TextsAsync("a")).ShouldBe(["1"]);
        (await InfoAsync(test)).Status.ShouldBe(ThreadStatus.Idle);
        (await test.Store.LeasesAsync().CountAsync()).ShouldBe(0);
        (await test.Memory.GetHeadAsync(ThreadKey.Of("a")))!.DueAt.ShouldBeNull();
        await using var replay = await test.Store.Thread("a").BeginTurnAsync("hi", new() { Key = "k" });
        (replay.IsReplay, replay.State).ShouldBe((true, TurnState.Cancelled));
    }

    [Fact]
    public async Task ATurnThatRanAtThePoint_IsNotRevived_NorIsItsStatus()
    {
        var test = new TestStore();
        TurnId id;
        await using (var turn = await test.Store.Thread("a").BeginTurnAsync("hi"))
        {
            id = turn.Id;
            await Should.ThrowAsync<TurnSuspendedException>(async () => await turn.AskAsync(new() { Name = "colour", Prompt = "?" }));
        }

        var asked = (await InfoAsync(test)).Version;
        await test.Store.Thread("a").CancelTurnAsync(id);

        await test.Store.Thread("a").RestoreAsync(asked);

        (await InfoAsync(test)).Status.ShouldBe(ThreadStatus.Idle);
        (await test.Store.Interrupts.ListAsync().CountAsync()).ShouldBe(0);
        (await test.Store.Thread("a").TurnsAsync().SingleAsync()).State.ShouldBe(TurnState.Cancelled);
    }

    [Fact]
    public void TheTable_IsThatOfTheDocumentation()
    {
        var text = File.ReadAllText(Path.Combine(SourceTreeRoot(), "docs", "time-machine.md"));
        var table = text[text.IndexOf("| what | after a restore |", StringComparison.Ordinal)..].Split('\n').Skip(2).TakeWhile(line => line.StartsWith('|')).Select(line => line.Split('|', StringSplitOptions.TrimEntries));

        table.Select(cells => (cells[1], cells[2].StartsWith("as of the point", StringComparison.Ordinal))).Where(row => row.Item1 != "turns that have begun")
            .ShouldBe(Rows.Select(row => (row.Key, row.Value.Returns)));
    }

    private static string SourceTreeRoot()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Holdfast.slnx")))
        {
            directory = Path.GetDirectoryName(directory)!;
        }

        return directory;
    }

    private static Func<TestStore, string, Task> InSession(Action<ThreadSession, string> change) => (test, text) => test.CommitAsync("a", session => change(session, text));

    private static Func<TestStore, Task<string?>> InSession(Func<ThreadSession, string?> read) => async test => read(await test.Store.OpenAsync("a"));

    private static async Task<ThreadInfo> InfoAsync(TestStore test) => (await test.Store.Thread("a").GetInfoAsync())!;

    private static Task KeyForAsync(TestStore test, string text)
        => test.CommitAsync("a", session => session.Variables.Set("k", text, TimeSpan.FromHours(text == Then ? 1 : 2)));

    private static string Said(ReadOnlyMemory<byte> time, TestStore test) => JsonElement.Parse(time.Span).GetDateTimeOffset() == test.Clock.GetUtcNow().AddHours(1) ? Then : Now;

    private static Task CallAsync(TestStore test, string text)
        => test.CommitAsync("a", session => session.History.Add(text == Then ? Conversations.Call(Then) : Conversations.Result(Then)));

    private static Task OwnAsync(TestStore test, string text) => test.CommitAsync("a", session => session.Variables.Set("x", text), text == Now ? new() { UserId = Now } : null);

    private static async Task TurnAsync(TestStore test, string text)
    {
        await using var turn = await test.Store.Thread("a").BeginTurnAsync([], new() { Key = text, By = text });
        await turn.CompleteAsync();
    }

    private static async Task<bool> KeyIsKnownAsync(TestStore test, string key)
    {
        await using var turn = await test.Store.Thread("a").BeginTurnAsync([], new() { Key = key });
        return turn.IsReplay;
    }

    private static async Task AskAsync(TestStore test, string text)
    {
        await using var turn = await test.Store.Thread("a").BeginTurnAsync([]);
        await Should.ThrowAsync<TurnSuspendedException>(async () => await turn.AskAsync(new() { Name = text, Prompt = "?" }));
        await test.Store.Interrupts.AnswerAsync((await test.Store.Interrupts.ListAsync().SingleAsync()).Id, InterruptAnswer.Accept("ann"));
        await test.Store.Thread("a").CancelTurnAsync(turn.Id);
    }

    private static async Task SubmitAsync(TestStore test, string text) => await test.Store.Thread("a").SubmitTurnAsync([], new() { Key = text });

    private static async Task LeaseAsync(TestStore test, string text)
    {
        if (text == Now)
        {
            await test.Store.Thread("a").TryAcquireAsync();
        }
        else
        {
            await test.CommitAsync("a", session => session.Variables.Set("x", 1));
        }
    }
}
