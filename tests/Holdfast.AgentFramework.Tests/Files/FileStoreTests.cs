using Holdfast.Logs;
using Microsoft.Agents.AI;

namespace Holdfast.AgentFramework.Tests.Files;

public sealed class FileStoreTests : IAsyncDisposable
{
    private readonly AgentStateStore _store = new(new InMemoryCommitLog());
    private readonly HoldfastAgentFileStore _files;

    public FileStoreTests() => _files = new(_store, "notes");

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task AFile_HasTheContentThatWasWrittenLast_AndItsVersionsStay()
    {
        await _files.WriteAsync("plan/today.md", "one");
        await _files.WriteAsync("plan\\today.md", "two");
        await _files.WriteAsync("other.md", "x");

        (await _files.ReadAsync("plan//today.md")).ShouldBe("two");
        var versions = await _files.VersionsAsync("plan/today.md").Select(commit => commit.Version).ToListAsync();
        versions.ShouldBe([2, 1]);
        (await _files.ReadAsync("plan/today.md", 1)).ShouldBe("one");
        (await _files.ReadAsync("other.md", 2)).ShouldBeNull();
    }

    [Fact]
    public async Task ADeletedFile_IsGone_AndCanBeReadAsItWas()
    {
        await _files.WriteAsync("a.txt", "kept");

        (await _files.DeleteAsync("a.txt")).ShouldBeTrue();

        (await _files.DeleteAsync("a.txt")).ShouldBeFalse();
        (await _files.FileExistsAsync("a.txt")).ShouldBeFalse();
        (await _files.ReadAsync("a.txt")).ShouldBeNull();
        (await _files.ReadAsync("a.txt", 1)).ShouldBe("kept");
    }

    // What it does is what the framework's own store does.
    [Fact]
    public async Task ListingAndSearch_AreThoseOfTheFrameworksStore()
    {
        var theirs = new InMemoryAgentFileStore();
        foreach (AgentFileStore store in new AgentFileStore[] { _files, theirs })
        {
            await store.WriteAsync("b.md", "about apples\nand pears\n");
            await store.WriteAsync("dir/a.md", "apples again");
            await store.WriteAsync("dir/deep/c.txt", "Apples");
            await store.CreateDirectoryAsync("empty");
        }

        foreach (var directory in new[] { "", "dir", "dir/", "empty", "nowhere" })
        {
            (await _files.ListChildrenAsync(directory)).Select(entry => (entry.Name, entry.Type)).ShouldBe((await theirs.ListChildrenAsync(directory)).Select(entry => (entry.Name, entry.Type)));
        }

        foreach (var (pattern, glob, recursive) in new[] { ("apple", (string?)null, true), ("apple", "*.md", true), ("apple", null, false), ("pear", "**/*.txt", true) })
        {
            Found(await _files.SearchAsync("", pattern, glob, recursive)).ShouldBe(Found(await theirs.SearchAsync("", pattern, glob, recursive)), ignoreOrder: true);
        }

        static IEnumerable<string> Found(IEnumerable<FileSearchResult> results) => results.Select(result => $"{result.FileName}: {string.Join(",", result.MatchingLines.Select(line => line.LineNumber))}");
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("/etc/passwd")]
    [InlineData("\\share")]
    [InlineData("C:/x")]
    [InlineData("../x")]
    [InlineData("a/./b")]
    [InlineData("a/../../b")]
    public async Task APathThatIsNone_IsRefused(string path) => await Should.ThrowAsync<ArgumentException>(() => _files.WriteAsync(path, "x"));

    [Fact]
    public async Task ManyWriters_LoseNothing()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => _files.WriteAsync($"f{i}.txt", $"{i}")));

        (await _files.ListChildrenAsync("")).Count.ShouldBe(20);
    }

    [Fact]
    public async Task OpeningTheThread_ReadsNoFile()
    {
        await _files.WriteAsync("big.txt", new string('x', 100_000));
        var state = await _store.LoadAsync("notes");

        state!.OtherSections.Values.SelectMany(section => section.Values).Sum(value => value.GetRawText().Length).ShouldBeLessThan(100);
    }
}
