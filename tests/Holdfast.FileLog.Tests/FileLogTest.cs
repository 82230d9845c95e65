using System.Text;
using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.FileLog.Tests;

/// <summary>A test with a directory of its own.</summary>
public abstract class FileLogTest : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    protected static ThreadKey Key { get; } = ThreadKey.Of("acme", "user-42/chat-7");

    protected string Root => _directory.Path;

    protected FileCommitLog Open(Action<FileLogOptions>? configure = null)
    {
        var options = new FileLogOptions { Directory = Root };
        configure?.Invoke(options);
        return new(options);
    }

    protected string PathOf(ThreadKey key) => FilePlace.Of(Root, key).Path;

    protected static EntryDraft Draft(string body, bool isKeyframe = false) => new() { Body = Encoding.UTF8.GetBytes(body), IsKeyframe = isKeyframe };

    /// <summary>A body of about <paramref name="size"/> bytes that is an object of JSON.</summary>
    protected static EntryDraft DraftOf(int size, bool isKeyframe = false) => Draft($$"""{"text":"{{new string('x', size)}}"}""", isKeyframe);

    protected async Task<ThreadWriter> WriteAsync(int count, params long[] keyframes) => await WriteAsync(Key, count, keyframes);

    protected async Task<ThreadWriter> WriteAsync(ThreadKey key, int count, params long[] keyframes)
    {
        await using var log = Open();
        var thread = new ThreadWriter(key);
        await thread.AppendManyAsync(log, count, keyframes);
        return thread;
    }

    protected static async Task<List<LogEntry>> ReadAllAsync(
        FileCommitLog log, ThreadKey key, long from = 1, long to = long.MaxValue, ReadDirection direction = ReadDirection.Forward)
    {
        var entries = new List<LogEntry>();
        await foreach (var entry in log.ReadAsync(key, from, to, direction))
        {
            entries.Add(entry);
        }

        return entries;
    }

    protected static async Task ShouldHoldAsync(FileCommitLog log, ThreadWriter expected)
    {
        (await log.GetHeadAsync(expected.Key))?.ChainHash.ShouldBe(expected.Head!.ChainHash);
        var entries = await ReadAllAsync(log, expected.Key);
        entries.Select(entry => entry.CommitId).ShouldBe(expected.Entries.Select(entry => entry.CommitId));
        entries.Select(entry => Convert.ToHexString(entry.Body.Span)).ShouldBe(expected.Entries.Select(entry => Convert.ToHexString(entry.Body.Span)));
        var tail = await log.ReadTailAsync(expected.Key, int.MaxValue);
        tail?.Entries.Select(entry => entry.BodyHash).ShouldBe(expected.Entries.Select(entry => entry.BodyHash));
        (tail is null).ShouldBe(expected.Version == 0);
    }

    protected static async Task ShouldHaveHeadAsync(FileCommitLog log, ThreadWriter expected)
    {
        var head = (await log.GetHeadAsync(new HeadRequest { Key = expected.Key, WithPins = true }))!;
        head.Metadata.ToDictionary(pair => pair.Key, pair => pair.Value.GetRawText()).ShouldBe(expected.Head!.Metadata.ToDictionary(pair => pair.Key, pair => pair.Value.GetRawText()), ignoreOrder: true);
        head.Properties.ShouldBe(expected.Head.Properties, ignoreOrder: true);
        head.Terms.ShouldBe(expected.Head.Terms);
        head.Pins!.ShouldBe(expected.Pins, ignoreOrder: true);
        (head with { Metadata = expected.Head.Metadata, Properties = expected.Head.Properties, Terms = expected.Head.Terms, Pins = null }).ShouldBe(expected.Head);
    }

    /// <summary>The copies in <c>@quarantine</c>, oldest first.</summary>
    protected string[] Quarantined()
    {
        var directory = Path.Combine(Root, FileNames.Quarantine);
        return Directory.Exists(directory)
            ? [.. Directory.GetFiles(directory, "*", SearchOption.AllDirectories).OrderBy(File.GetLastWriteTimeUtc)]
            : [];
    }

    /// <summary>Changes a line of a thread's file; the first is the header.</summary>
    protected void ChangeLine(int number, Func<string, string> change, ThreadKey? key = null)
    {
        var lines = File.ReadAllLines(PathOf(key ?? Key));
        var changed = change(lines[number]);
        changed.ShouldNotBe(lines[number]);
        lines[number] = changed;
        File.WriteAllBytes(PathOf(key ?? Key), Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))));
    }

    public void Dispose()
    {
        _directory.Dispose();
        GC.SuppressFinalize(this);
    }
}
