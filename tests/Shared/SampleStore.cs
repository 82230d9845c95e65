using System.Text;
using System.Text.Json;
using Holdfast.Logs;

namespace Holdfast.Testing.Shared;

/// <summary>Writes what the stores in the fixtures have, so that it is the same each time: threads with keyframes, properties, pins, terms and a due time; one that was rewritten and one that is a copy; a trunk.</summary>
internal sealed class SampleStore(ICommitLog log)
{
    public static readonly ThreadKey Chat = ThreadKey.Of("acme", "user-42/chat-7");
    public static readonly ThreadKey Fork = ThreadKey.Of("acme", "fork");

    private static readonly ThreadKey Kept = ThreadKey.Of("", "Köln");
    private static readonly ThreadKey User = ThreadKey.Of(ThreadSpace.Users, "acme", "ann");
    private static readonly DateTimeOffset Time = new(2026, 11, 21, 8, 0, 0, 123, TimeSpan.Zero);

    private readonly List<ThreadWriter> _threads = [];
    private int _ids;

    /// <summary>The threads as they must be.</summary>
    public IReadOnlyList<ThreadWriter> Threads => _threads;

    /// <summary>A conversation of six turns.</summary>
    public async Task<ThreadWriter> WriteChatAsync(Dictionary<string, JsonElement> metadata)
    {
        var chat = Begin(Chat);
        for (var i = 1; i <= 6; i++)
        {
            await AppendAsync(chat, $$"""{"v":1,"turn":{{i}}}""", isKeyframe: i is 3 or 5, head => head with { UserId = "änn", Agent = "Billing", Metadata = metadata });
        }

        return chat;
    }

    /// <summary>What becomes of the conversation later, and the other threads.</summary>
    public async Task WriteTheRestAsync(ThreadWriter chat)
    {
        await ContinueAsync(chat);
        await WriteTrunkAsync();
        await AppendAsync(Begin(User), """{"v":1,"set":{"name":"Ann"}}""");
        var fork = Begin(Fork);
        await fork.AppendAsync(log, new()
        {
            Body = """{"v":1,"state":{}}"""u8.ToArray(),
            IsKeyframe = true,
            CommitId = NextId(),
            FirstVersion = 6,
            After = chat.Entries[0].BodyHash,
            Life = CommitId.Parse("01990000-0000-7000-8000-00000000ffff"),
        });
        await fork.AppendAsync(log, new() { Body = "{}"u8.ToArray(), BodyHash = Digest.Compute("what it was"u8), CommitId = NextId() });
    }

    public ThreadWriter Begin(ThreadKey key)
    {
        var thread = new ThreadWriter(key);
        _threads.Add(thread);
        return thread;
    }

    public async Task AppendAsync(ThreadWriter thread, string body, bool isKeyframe = false, Func<ThreadHead, ThreadHead>? head = null)
        => await thread.AppendAsync(log, new() { Body = Encoding.UTF8.GetBytes(body), IsKeyframe = isKeyframe, CommitId = NextId(), KeepExpiry = true, Head = head ?? (same => same) });

    private async Task ContinueAsync(ThreadWriter chat)
    {
        var replacements = new Dictionary<long, ReadOnlyMemory<byte>> { [4] = "{\"v\":1,\"redacted\":true}"u8.ToArray() };
        (await log.RewriteAsync(Chat, replacements, dropBelow: 3)).ShouldBeTrue();
        chat.AcceptRewrite(replacements, 3);
        await UpdateAsync(chat, new()
        {
            Key = Chat,
            Expiry = new(Time.AddYears(100)),
            Properties = new Dictionary<string, string?> { ["archived-to"] = "cold", ["note"] = "a\nb" },
            AddPins = [new() { Life = NextId(), Key = Fork, From = 3, To = 5 }, new() { Life = NextId(), Key = User, From = 4, To = 4 }],
        });
        await AppendAsync(chat, "opaque\n\0", head: head => head with { Status = ThreadStatus.Sleeping, DueAt = Time.AddDays(1), Terms = ["interrupt", "label:a"] });
        await AppendAsync(chat, """{"v":1,"state":{}}""", isKeyframe: true);
        await UpdateAsync(chat, new() { Key = Chat, RemovePins = [chat.Pins[1].Life], Properties = new Dictionary<string, string?> { ["note"] = null }, Beats = true });
        await UpdateAsync(chat, new() { Key = Chat, Beats = true });
        await AppendAsync(chat, """{"v":1,"turn":9}""", head: head => head with { DeletedAt = Time.AddHours(1) });
    }

    private async Task WriteTrunkAsync()
    {
        var trunk = Begin(Kept);
        await AppendAsync(trunk, """{"v":1,"turn":1}""", head: head => head with { Properties = new Dictionary<string, string> { ["incomplete"] = "1" } });
        await AppendAsync(trunk, """{"v":1,"turn":2}""", isKeyframe: true);
        (await log.EraseAsync(new EraseRequest { Key = Kept, KeepAsTrunk = true })).ShouldBeTrue();
        trunk.AcceptTrunk();
        await UpdateAsync(trunk, new() { Key = trunk.Key, AddPins = [new() { Life = NextId(), Key = Fork, From = 1, To = 2 }] });
        await AppendAsync(Begin(Kept), """{"v":1,"turn":1}""");
    }

    private async Task UpdateAsync(ThreadWriter thread, HeadUpdate update)
    {
        thread.AcceptUpdate(update);
        var head = (await log.UpdateHeadAsync(update)).ShouldNotBeNull();
        (head.Stamp, head.PinCount, head.LowestPin, head.Heartbeat).ShouldBe((thread.Head!.Stamp, thread.Head.PinCount, thread.Head.LowestPin, thread.Head.Heartbeat));
    }

    private CommitId NextId() => CommitId.Parse($"01990000-0000-7000-8000-{++_ids:D12}");
}
