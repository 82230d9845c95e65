using System.Text;
using System.Text.Json;
using Holdfast.Logs;
using Holdfast.Testing;
using Holdfast.Tests.Support;
using Microsoft.Extensions.AI;

namespace Holdfast.Tests.Commits;

/// <summary>
/// The stored bytes are a contract: the files in <c>Fixtures/format-1</c> are bodies as released versions write them, and the states that they
/// lead to. They never change; a new format gets a folder of its own.
/// </summary>
public sealed class CommitBodyFormatTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Fixtures", "format-1");

    [Fact]
    public async Task Format1_OnReading_GivesTheStatesOfItsTime()
    {
        var log = new InMemoryCommitLog();
        var thread = new RawThread(log, ThreadKey.Of("golden"));
        foreach (var body in Bodies())
        {
            await thread.AppendAsync(body);
        }

        var store = new AgentStateStore(log);

        (await store.Thread("golden").VerifyAsync())!.Problems.ShouldBeEmpty();
        for (var version = 1; version <= Bodies().Count; version++)
        {
            (await store.LoadAsync("golden", version))!.ToJson(indented: true).ShouldBe(Text($"state-{version:00}.json"), $"version {version}");
        }
    }

    [Fact]
    public async Task Format1_OnWriting_GivesTheBytesOfItsTime()
    {
        var log = await WriteAsync();

        var entries = await log.ReadAsync(ThreadKey.Of("golden")).ToListAsync();

        for (var i = 0; i < entries.Count; i++)
        {
            Encoding.UTF8.GetString(entries[i].Body.Span).ShouldBe(Text($"body-{i + 1:00}.json"), $"version {i + 1}");
        }

        entries.Count.ShouldBe(Bodies().Count);
    }

    [Fact]
    public void Format1_HasAFixtureForEveryMember()
    {
        var members = new HashSet<string>(StringComparer.Ordinal);
        foreach (var body in Bodies())
        {
            using var json = JsonDocument.Parse(body);
            members.UnionWith(json.RootElement.EnumerateObject().Select(member => member.Name));
            members.UnionWith(json.RootElement.TryGetProperty("state", out var state) ? state.EnumerateObject().Select(member => "state." + member.Name) : []);
        }

        members.ShouldBe(
            [
                "v", "at", "by", "user", "agent", "reason", "tags", "messages", "records", "set", "remove", "append", "status", "history", "count", "openCalls", "deleted", "restores", "state",
                "state.set", "state.user", "state.agent", "state.status", "state.history", "state.messages", "state.openCalls", "state.deleted", "state.chain",
            ],
            ignoreOrder: true);
    }

    // Everything that a commit can say. Each is made by a session of its own, a second after the one before.
    private static async Task<InMemoryCommitLog> WriteAsync()
    {
        var log = new InMemoryCommitLog();
        var clock = new FakeTimeProvider(new(2026, 11, 21, 8, 0, 0, 123, TimeSpan.Zero));
        var store = new AgentStateStore(new PinnedLog(log), new() { TimeProvider = clock });
        await CommitAsync(
            session =>
            {
                session.History.Add(new(ChatRole.User, "Grüße, \"Ann\" & <Bob> 👩‍🚀\n") { MessageId = "m1", AuthorName = "ann", CreatedAt = clock.GetUtcNow() });
                session.History.Add(ChatRole.Assistant, "Hello");
                session.Variables.Set("name", "Ann \\ \"Å\" 👩‍🚀");
                session.Variables.Set("count", 1);
                session.Variables.Set("ratio", 0.1);
                session.Variables.Set("on", true);
                session.Variables.Set("nothing", JsonElement.Parse("null"));
                session.Variables.Set("object", JsonElement.Parse("""{"b":[1,2.50,"x"],"a":{}}"""));
                session.Metadata.Set("topic", "greeting");
                session.Tools["search"].Set("cursor", 7L);
                session.Todos.Put(new() { Id = "t1", Content = "reply", Order = 1 });
                session.Status = ThreadStatus.Thinking;
            },
            "turn",
            new() { UserId = "ann", Agent = "Billing" });
        await CommitAsync(session =>
        {
            session.History.Add(new(
                ChatRole.Assistant,
                [new TextReasoningContent("hm"), new TextContent("Let me look."), new FunctionCallContent("c1", "search", new Dictionary<string, object?> { ["q"] = "ü", ["n"] = 3 })]));
            session.Status = ThreadStatus.UsingTool;
        });
        await CommitAsync(session =>
        {
            session.History.Add(new(ChatRole.Tool, [new FunctionResultContent("c1", new Dictionary<string, object?> { ["hits"] = new[] { 1, 2 } })]));
            session.History.Add(new(ChatRole.Assistant, [new ErrorContent("failed") { ErrorCode = "E1" }, new UriContent("https://example.com/x.png", "image/png"), new DataContent(new byte[] { 1, 2, 3 }, "image/png")])
            {
                AdditionalProperties = new() { ["key"] = "value" },
            });
            session.Variables.Remove("on");
            session.Variables.Remove("name");
            session.Variables.Set("name", "Bob");
            session.Todos.SetStatus("t1", TodoStatus.Completed);
            session.Status = ThreadStatus.WaitingForApproval;
        });
        await CommitAsync(session =>
        {
            session.History.KeepLast(4);
            session.Agent = null;
        });
        await CommitAsync(session =>
        {
            session.Say(new string('x', 17_000));
            session.History.Add(new(ChatRole.Assistant, [new OpaqueContent("""{ "$type": "hologram", "light": 1.50 }"""u8)]));
        });
        await CommitAsync(session => session.Agent = "Sales", "handed over");
        clock.Advance(TimeSpan.FromSeconds(1));
        var loaded = (await store.LoadAsync("golden"))!;
        await store.SaveAsync("golden", loaded with { Messages = [.. loaded.Messages.Take(2), new(ChatRole.User, "edited")], Status = ThreadStatus.Completed });
        await CommitAsync(session =>
        {
            session.History.Clear();
            session.Say("1", new string('y', 17_000), "3");
            session.History.KeepLast(2);
        });
        clock.Advance(TimeSpan.FromSeconds(1));
        await store.Thread("golden").DeleteAsync();
        clock.Advance(TimeSpan.FromSeconds(1));
        await store.Thread("golden").RestoreDeletedAsync();
        await SayAsync(
            session =>
            {
                session.Variables.Append("list", 1);
                session.Variables.Append("list", JsonElement.Parse("""{"a":[]}"""));
                session.Records.Put("report", "long");
                session.Status = ThreadStatus.Thinking;
            },
            new() { By = "worker-3", Tags = ["nightly", "ü"] });
        await CommitAsync(session =>
        {
            session.Variables.Append("list", "three");
            session.Status = ThreadStatus.Sleeping;
            session.History.Add(new(ChatRole.Assistant, [new FunctionCallContent("c2", "charge", new Dictionary<string, object?> { ["pad"] = new string('z', 17_000) })]));
        });
        await CommitAsync(session => session.Records.Put("report", new[] { "longer" }));
        await CommitAsync(session =>
        {
            session.Goals.Put(new() { Id = "g1", Text = "make peace", Status = GoalStatus.InProgress, Order = 1 });
            session.Goals.Put(new() { Id = "g2", Text = "answer", Status = GoalStatus.Achieved, Progress = 0.75, ParentId = "g1", TodoIds = ["t1", "gone"], Order = 2 });
            session.Decisions.Add(new Decision { Text = "refund", Reason = "it was our \"fault\"", Alternatives = ["voucher", "ü"], GoalId = "g1", By = "ann" });
            session.Decisions.Add("apologize", "it costs nothing");
        });
        clock.Advance(TimeSpan.FromSeconds(1));
        await store.Thread("golden").LabelAsync("before the edit", 6, new() { By = "ann" });
        clock.Advance(TimeSpan.FromSeconds(1));
        await store.Thread("golden").RestoreAsync(ThreadPoint.AtLabel("before the edit"));
        return log;

        Task CommitAsync(Action<ThreadSession> change, string? reason = null, OpenOptions? options = null) => SayAsync(change, new() { Reason = reason }, options);

        async Task SayAsync(Action<ThreadSession> change, CommitOptions said, OpenOptions? options = null)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            var session = await store.OpenAsync("golden", options);
            change(session);
            await session.CommitAsync(said);
        }
    }

    private static List<byte[]> Bodies()
        => [.. Directory.GetFiles(Folder, "body-*.json").Order(StringComparer.Ordinal).Select(path => Encoding.UTF8.GetBytes(Text(Path.GetFileName(path))))];

    // Files end with a line break, bodies do not.
    private static string Text(string file) => File.ReadAllText(Path.Combine(Folder, file))[..^1];
}
