using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.FileLog.Tests;

/// <summary>The lines are a contract: what is here must be read by every later version.</summary>
public sealed class FormatTests : FileLogTest
{
    private static string Fixture { get; } = Path.Combine(AppContext.BaseDirectory, "Fixtures", "format-1.jsonl");

    [Fact]
    public async Task Append_OfKnownCommits_WritesTheLinesThatAreDocumented()
    {
        await using var log = Open();
        await WriteKnownAsync(log);

        File.ReadAllText(PathOf(Key)).ShouldBe(File.ReadAllText(Fixture));
    }

    [Fact(Explicit = true)]
    public async Task WriteTheFixture()
    {
        await using (var log = Open())
        {
            await WriteKnownAsync(log);
        }

        File.Copy(PathOf(Key), Path.Combine(Path.GetDirectoryName(SourcePath())!, "Fixtures", "format-1.jsonl"), overwrite: true);
    }

    [Fact]
    public async Task ReadTail_OfTheDocumentedLines_GivesWhatTheyMean()
    {
        ThreadWriter thread;
        await using (var log = Open(options => options.Directory = Path.Combine(Root, "other")))
        {
            thread = await WriteKnownAsync(log);
        }

        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(Key))!);
        File.Copy(Fixture, PathOf(Key));

        await using var anew = Open();
        await ShouldHoldAsync(anew, thread);
        await ShouldHaveHeadAsync(anew, thread);
        (await anew.GetHeadAsync(Key))!.Metadata.ShouldBeEmpty();
        await thread.AppendAsync(anew);
        await ShouldHoldAsync(anew, thread);
    }

    [Fact]
    public async Task Read_OfMembersThatALaterVersionAdded_LeavesThemAlone()
    {
        var thread = await WriteAsync(2);
        var lines = File.ReadAllLines(PathOf(Key));
        var changed = lines[2].Replace("\"body\":", "\"later\":{\"body\":[1,{\"x\":\"}\"}]},\"body\":", StringComparison.Ordinal);
        await File.WriteAllBytesAsync(
            PathOf(Key),
            [.. Encoding.UTF8.GetBytes($"{lines[0]}\n{lines[1]}\n"), .. Sealed(changed[..changed.LastIndexOf(",\"crc\"", StringComparison.Ordinal)])],
            TestContext.Current.CancellationToken);

        await using var log = Open();
        await ShouldHoldAsync(log, thread);
        await thread.AppendAsync(log, new() { IsKeyframe = true });
        var replacements = new Dictionary<long, ReadOnlyMemory<byte>> { [2] = "{\"gone\":1}"u8.ToArray() };
        await log.RewriteAsync(Key, replacements);
        thread.AcceptRewrite(replacements);

        await ShouldHoldAsync(log, thread);
        File.ReadAllText(PathOf(Key)).ShouldNotContain("later", customMessage: "what is redacted may be there too");
    }

    [Theory]
    [InlineData("{}", true)]
    [InlineData("{\"a\":\"é🦑\\u0000\"} ", false)]
    [InlineData(" {\"a\":1}", false)]
    [InlineData("{ \"a\" :\t[1 ,2] }", true)]
    [InlineData("{\"a\":\n1}", false)]
    [InlineData("{\"a\":1}\r", false)]
    [InlineData("[1]", false)]
    [InlineData("\"text\"", false)]
    [InlineData("", false)]
    [InlineData("{", false)]
    [InlineData("{\"a\":\"\0\"}", false)]
    [InlineData("{\"crc\":\"12345678\"}", true)]
    public async Task Append_OfABody_EmbedsItOnlyIfItIsAnObjectOnOneLine(string body, bool isEmbedded)
    {
        await using var log = Open();
        var thread = new ThreadWriter(Key);
        await thread.AppendAsync(log, Draft(body));
        await thread.AppendAsync(log, Draft(body));

        var line = File.ReadAllLines(PathOf(Key))[^1];

        using var json = JsonDocument.Parse(line);
        json.RootElement.TryGetProperty("body", out _).ShouldBe(isEmbedded);
        json.RootElement.TryGetProperty("base64", out _).ShouldBe(!isEmbedded);
        await using var anew = Open();
        await ShouldHoldAsync(anew, thread);
    }

    [Fact]
    public async Task Append_OfAnOrdinaryTurn_AddsAtMost160BytesToItsBody()
    {
        await using var log = Open();
        var thread = new ThreadWriter(Key);
        await thread.AppendAsync(log, DraftOf(1000, isKeyframe: true) with { Head = head => head with { UserId = "ann", Agent = "Billing" } });
        await thread.AppendManyAsync(log, 98);
        var before = new FileInfo(PathOf(Key)).Length;
        var request = await thread.AppendAsync(log, DraftOf(1000));

        (new FileInfo(PathOf(Key)).Length - before - request.Entry.Body.Length).ShouldBeLessThanOrEqualTo(160);
    }

    private static async Task<ThreadWriter> WriteKnownAsync(FileCommitLog log)
    {
        var thread = new ThreadWriter(Key);
        var updated = new DateTimeOffset(2026, 11, 21, 9, 0, 0, TimeSpan.Zero);
        var metadata = new Dictionary<string, JsonElement> { ["team"] = JsonElement.Parse("\"red\""), ["n"] = JsonElement.Parse("1.0") };
        await thread.AppendAsync(log, Draft("""{"v":1,"text":"one"}""") with
        {
            CommitId = Id(1),
            Head = head => head with { UserId = "änn", Agent = "Billing", Metadata = metadata },
        });
        await thread.AppendAsync(log, new() { Body = new byte[] { 0, 1, 0xff }, CommitId = Id(2), Head = head => head with { Status = ThreadStatus.Thinking } });
        await thread.AppendAsync(log, Draft("""{"v":1,"state":{}}""", isKeyframe: true) with { CommitId = Id(3) });
        await UpdateAsync(log, thread, new() { Key = Key, Expiry = new(new(2027, 1, 1, 0, 0, 0, TimeSpan.Zero)) });
        await UpdateAsync(log, thread, new() { Key = Key, Beats = true });
        await UpdateAsync(log, thread, new()
        {
            Key = Key,
            Properties = new Dictionary<string, string?> { ["archived-to"] = "cold", ["unpinned"] = null },
            AddPins = [new() { Life = Id(9), Key = ThreadKey.Of("acme", "fork"), From = 2, To = 3 }],
            RemovePins = [Id(8)],
        });
        await thread.AppendAsync(log, Draft("""{"v":1,"state":{"a":1}}""", isKeyframe: true) with { CommitId = Id(5), KeepExpiry = true });
        await thread.AppendAsync(log, Draft("{}") with
        {
            CommitId = Id(4),
            MessageCount = 0,
            KeepExpiry = true,
            Head = head => head with
            {
                Status = ThreadStatus.Idle,
                UserId = null,
                MessageCount = 9,
                DueAt = updated,
                Terms = ["interrupt", "label:a"],
                UpdatedAt = updated,
                DeletedAt = updated,
                Metadata = ThreadHead.EmptyMetadata,
            },
        });
        return thread;
    }

    private static async Task UpdateAsync(FileCommitLog log, ThreadWriter thread, HeadUpdate update)
    {
        thread.AcceptUpdate(update);
        (await log.UpdateHeadAsync(update)).ShouldNotBeNull();
    }

    private static string SourcePath([CallerFilePath] string path = "") => path;

    private static CommitId Id(int number) => CommitId.Parse($"01990000-0000-7000-8000-{number:D12}");

    private static byte[] Sealed(string content)
    {
        using var buffer = new PooledBuffer();
        buffer.Append(Encoding.UTF8.GetBytes(content));
        LineFormat.Seal(buffer, 0);
        return buffer.Written.ToArray();
    }
}
