using System.Globalization;
using System.Text;
using System.Text.Json;
using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.DynamoDb.Tests;

/// <summary>The small store of the format fixture: the same commits and maintenance, with the same ids and times, for any log.</summary>
internal static class FormatStore
{
    private static readonly DateTimeOffset Begun = new(2026, 11, 28, 9, 0, 0, 250, TimeSpan.Zero);

    public static ThreadKey Thread { get; } = ThreadKey.Of("acme", "chat/größe 🦑");

    public static ThreadKey User { get; } = ThreadKey.Of(ThreadSpace.Users, "acme", "ann");

    public static ThreadKey Kept { get; } = ThreadKey.Trunk(ThreadKey.Of("", "old"), Id(300));

    public static IReadOnlyList<ThreadKey> All { get; } = [Thread, User, Kept, ThreadKey.Of("", "old")];

    public static async Task WriteAsync(ICommitLog log)
    {
        await WriteThreadAsync(log);
        await WriteEntriesAsync(log, new(User), 200, 2);

        var old = new ThreadWriter(ThreadKey.Of("", "old"));
        await WriteEntriesAsync(log, old, 300, 3);
        await UpdateAsync(log, new() { Key = old.Key, AddPins = [Pin(400, 1, 2)] });
        (await log.EraseAsync(new EraseRequest { Key = old.Key, KeepAsTrunk = true })).ShouldBeTrue();
        await WriteEntriesAsync(log, new(ThreadKey.Of("", "old")), 500, 1);
    }

    private static async Task WriteThreadAsync(ICommitLog log)
    {
        var thread = new ThreadWriter(Thread);
        var metadata = JsonElement.Parse("""{"topic":"refund","count":1.50,"nested":{"a":[1,null]}}""").EnumerateObject().ToDictionary(member => member.Name, member => member.Value);
        for (var version = 1; version <= 8; version++)
        {
            await thread.AppendAsync(log, new()
            {
                CommitId = Id(100 + version),
                At = Begun.AddMinutes(version),
                IsKeyframe = version is 3 or 6,
                Body = version == 7 ? new byte[] { 0x89, 0, 0xff, 10 } : Body(version),
                Head = head => head with
                {
                    UserId = "ann",
                    Agent = "Billing",
                    Status = ThreadStatus.WaitingForApproval,
                    Metadata = metadata,
                    Terms = ["interrupt:refund", "tag:vip"],
                    DueAt = Begun.AddDays(1),
                    ExpiresAt = Begun.AddDays(30),
                },
            });
        }

        await UpdateAsync(log, new() { Key = Thread, Properties = new Dictionary<string, string?> { ["archived-to"] = "cold", ["note"] = "zwei \"Zeilen\"" }, Expiry = new(Begun.AddDays(60)) });
        await UpdateAsync(log, new() { Key = Thread, AddPins = [Pin(402, 4, 7), Pin(401, 3, 5)] });
        await UpdateAsync(log, new() { Key = Thread, Beats = true });
        (await log.RewriteAsync(new RewriteRequest { Key = Thread, DropBelow = 3, Replacements = new Dictionary<long, ReadOnlyMemory<byte>> { [4] = "{\"redacted\":true}"u8.ToArray() } })).ShouldBeTrue();
    }

    private static async Task WriteEntriesAsync(ICommitLog log, ThreadWriter thread, int id, int count)
    {
        for (var version = 1; version <= count; version++)
        {
            await thread.AppendAsync(log, new() { CommitId = Id(id + version - 1), At = Begun.AddMinutes(version), Body = Body(version) });
        }
    }

    private static async Task UpdateAsync(ICommitLog log, HeadUpdate update) => (await log.UpdateHeadAsync(update)).ShouldNotBeNull();

    private static Pin Pin(int life, long from, long to) => new() { Life = Id(life), Key = ThreadKey.Of("acme", $"fork-{life}"), From = from, To = to };

    private static CommitId Id(int number) => CommitId.Parse(string.Create(CultureInfo.InvariantCulture, $"019ac9b6-1b00-7000-8000-{number:D12}"));

    private static byte[] Body(int version) => Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"v":1,"text":"Größe {{version}} 🦑"}"""));

    /// <summary>Everything that a log tells of the threads, as text.</summary>
    public static async Task<string> DescribeAsync(ICommitLog log)
    {
        var text = new StringBuilder();
        foreach (var key in All)
        {
            Describe((await log.GetHeadAsync(new HeadRequest { Key = key, WithPins = true }))!);
            await foreach (var entry in log.ReadAsync(key))
            {
                text.AppendLine(
                    CultureInfo.InvariantCulture,
                    $"{entry.Key} {entry.Version} {entry.CommitId} {entry.At:O} {entry.MessageCount} {entry.IsKeyframe} {entry.BodyHash} {entry.RewrittenHash} {Convert.ToHexString(entry.Body.Span)}");
            }
        }

        foreach (var space in ThreadSpaceNames.All)
        {
            foreach (var due in (DateTimeOffset?[])[null, DateTimeOffset.MaxValue])
            {
                foreach (var head in (await log.ListAsync(new() { Space = space, Tenant = null, AsOf = Begun, DueBefore = due, Filter = new() { Order = ThreadOrder.Id } })).Heads)
                {
                    Describe(head);
                }
            }
        }

        return text.ToString();

        void Describe(ThreadHead head)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{head.Key} {head.Life} {head.FirstVersion}-{head.Version} {head.KeyframeVersion} {head.ChainHash} {head.UserId} {head.Agent} {head.Status} {head.MessageCount}");
            text.AppendLine(CultureInfo.InvariantCulture, $"  {head.CreatedAt:O} {head.UpdatedAt:O} {head.ExpiresAt:O} {head.DeletedAt:O} {head.DueAt:O} {head.Revision} {head.Heartbeat} {head.PinCount} {head.LowestPin}");
            text.AppendJoin(" ", head.Metadata.OrderBy(member => member.Key, StringComparer.Ordinal).Select(member => $"{member.Key}={member.Value.GetRawText()}")).AppendLine();
            text.AppendJoin(" ", head.Terms).AppendLine();
            text.AppendJoin(" ", head.Properties.OrderBy(member => member.Key, StringComparer.Ordinal).Select(member => $"{member.Key}={member.Value}")).AppendLine();
            text.AppendJoin(" ", (head.Pins ?? []).OrderBy(pin => pin.Life.Value).Select(pin => pin.ToString())).AppendLine();
        }
    }
}
