using System.Text;
using System.Text.Json;
using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.Redis.Tests;

/// <summary>A store that has something of everything that is stored, the same each time: <see cref="WriteAsync"/> makes it, and the writers say what it has.</summary>
internal sealed class FormatStore
{
    private static readonly DateTimeOffset Far = new(2190, 1, 1, 0, 0, 0, 5, TimeSpan.Zero);
    private int _ids;

    public FormatStore()
    {
        Chat = new(ThreadKey.Of("user-42/chat-7"));
        Gone = new(ThreadKey.Of("acme", "gone"));
        User = new(ThreadKey.Of(ThreadSpace.Users, "acme", "ann"));
        Odd = new(ThreadKey.Of("te{n}a:n/t", "a%b{c}🦑"));
    }

    public ThreadWriter Chat { get; }

    public ThreadWriter Gone { get; }

    public ThreadWriter User { get; }

    public ThreadWriter Odd { get; }

    public IReadOnlyList<ThreadWriter> Threads => [Chat, Gone, User, Odd];

    /// <summary>Writes all threads, or says how they are written where there is no log.</summary>
    public async Task WriteAsync(ICommitLog? log)
    {
        await WriteChatAsync(log);
        await AppendAsync(log, Gone, new() { IsKeyframe = true, Head = head => head with { ExpiresAt = Far } });
        await AppendAsync(log, Gone, new() { KeepExpiry = true, Body = Encoding.UTF8.GetBytes("sealed \0\u001b") });
        await UpdateAsync(log, Gone, new() { Key = Gone.Key, AddPins = [Pin("fork", 1, 2)] });
        await (log?.EraseAsync(new EraseRequest { Key = Gone.Key, KeepAsTrunk = true }) ?? default);
        Gone.AcceptTrunk();
        await AppendAsync(log, User, new());
        await AppendAsync(log, Odd, new() { IsKeyframe = true, FirstVersion = 41, Life = Id(), After = Digest.Compute("before"u8), BodyHash = Digest.Compute("as it was"u8) });
    }

    private async Task WriteChatAsync(ICommitLog? log)
    {
        var metadata = JsonDocument.Parse("""{"team":"red","size":1.50,"tags":["a"]}""").RootElement;
        for (var version = 1; version <= 8; version++)
        {
            await AppendAsync(log, Chat, new()
            {
                IsKeyframe = version is 3 or 6,
                KeepExpiry = version > 1,
                Head = head => head with
                {
                    UserId = "ann",
                    Agent = "planner",
                    Status = head.Version == 8 ? ThreadStatus.Sleeping : ThreadStatus.Idle,
                    Metadata = metadata.EnumerateObject().ToDictionary(member => member.Name, member => member.Value),
                    Terms = ["interrupt:1", "interrupt:2"],
                    DueAt = head.Version == 8 ? Far.AddDays(-1) : null,
                    ExpiresAt = Far,
                    Properties = new Dictionary<string, string> { ["incomplete"] = "yes" },
                },
            });
        }

        var rewrite = new RewriteRequest { Key = Chat.Key, Replacements = new Dictionary<long, ReadOnlyMemory<byte>> { [4] = "{\"redacted\":true}"u8.ToArray() }, DropBelow = 3 };
        await (log?.RewriteAsync(rewrite) ?? default);
        Chat.AcceptRewrite(rewrite);
        await UpdateAsync(log, Chat, new()
        {
            Key = Chat.Key,
            Properties = new Dictionary<string, string?> { ["incomplete"] = null, ["archived-to"] = "s3://cold/é" },
            AddPins = [Pin("fork-1", 3, 5), Pin("fork-2", 4, 8)],
            Beats = true,
        });
    }

    private async Task AppendAsync(ICommitLog? log, ThreadWriter thread, EntryDraft draft)
    {
        var request = thread.Next(draft with { CommitId = Id() });
        (log is null ? AppendOutcome.Appended : (await log.AppendAsync(request)).Outcome).ShouldBe(AppendOutcome.Appended);
        thread.Accept(request);
    }

    private static async Task UpdateAsync(ICommitLog? log, ThreadWriter thread, HeadUpdate update)
    {
        await (log?.UpdateHeadAsync(update) ?? default);
        thread.AcceptUpdate(update);
    }

    private Pin Pin(string id, long from, long to) => new() { Life = Id(), Key = ThreadKey.Of("acme", id), From = from, To = to };

    private CommitId Id() => CommitId.Parse($"0198c0de-0198-7c0d-8198-{++_ids:x12}");
}
