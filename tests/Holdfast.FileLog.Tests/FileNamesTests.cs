using Holdfast.Logs;
using Holdfast.Testing;

namespace Holdfast.FileLog.Tests;

public sealed class FileNamesTests : FileLogTest
{
    [Theory]
    [InlineData("chat-7_a", "chat-7_a")]
    [InlineData("user-42/chat", "user-42%2fchat")]
    [InlineData("../escaped", "%2e%2e%2fescaped")]
    [InlineData(".", "%2e")]
    [InlineData("Case", "%43ase")]
    [InlineData("ümlaut", "%c3%bcmlaut")]
    [InlineData("🦑", "%f0%9f%a6%91")]
    [InlineData("a b.", "a%20b%2e")]
    [InlineData("50%", "50%25")]
    [InlineData("%2e", "%252e")]
    [InlineData("~x@y", "%7ex%40y")]
    [InlineData("con", "%63on")]
    [InlineData("lpt9", "%6cpt9")]
    [InlineData("console", "console")]
    public void Encode_OfAnId_IsTheNameThatIsDocumented(string id, string name) => FileNames.Encode(id).ShouldBe(name);

    [Fact]
    public void Encode_OfALongId_IsCutAndToldApartByADigest()
    {
        var first = FileNames.Encode(new string('a', 500));
        var second = FileNames.Encode(new string('a', 499) + "b");
        var escaped = FileNames.Encode(string.Concat(Enumerable.Repeat("🦑", 128)));

        first.Length.ShouldBe(100 + 1 + 64);
        first.ShouldNotBe(second);
        escaped.Length.ShouldBeLessThan(FileNames.LongestName);
        escaped.Split('~')[0].ShouldMatch("^(%[0-9a-f]{2})+$");
        FileNames.Encode(new string('a', FileNames.LongestName)).ShouldBe(new string('a', FileNames.LongestName));
    }

    [Fact]
    public void Encode_OfManyIds_IsInjectiveAlsoWhereCaseIsIgnored()
    {
        string[] parts = ["", "a", "A", "%", "2", "f", "F", ".", "/", "\\", "~", "@", ":", "-", "é", "e\u0301", "con", "\u00a0", "ſ", "K"];
        var ids = (from a in parts from b in parts from c in parts select a + b + c).Distinct(StringComparer.Ordinal).Where(id => id.Length > 0).ToList();

        var names = ids.ConvertAll(FileNames.Encode);

        names.Distinct(StringComparer.OrdinalIgnoreCase).Count().ShouldBe(ids.Count);
        names.ShouldAllBe(name => name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-' || c == '_' || c == '%'));
    }

    [Fact]
    public async Task Append_ToATenantNamedLikeTheLogsOwnFiles_MeetsNoneOfThem()
    {
        await using var log = Open();
        foreach (var tenant in new[] { "", "@default", "@quarantine", "index.json", ".lock", "..", "a/../../b" })
        {
            await new ThreadWriter(ThreadKey.Of(tenant, "x")).AppendAsync(log);
        }

        var heads = (await log.ListAsync(new() { Space = ThreadSpace.Threads, Tenant = null, AsOf = default })).Heads;

        heads.Count.ShouldBe(7);
        Directory.Exists(Path.Combine(Root, FileNames.Quarantine)).ShouldBeFalse();
    }

    [Theory]
    [InlineData("..", "../../../escaped")]
    [InlineData("/etc", "/etc/passwd")]
    [InlineData("a\\..\\..", "c:\\windows\\x")]
    [InlineData("~", "~/x")]
    public async Task Append_ToAnIdThatLooksLikeAPath_StaysInsideTheDirectory(string tenant, string id)
    {
        await using var log = Open(options => options.Directory = Path.Combine(Root, "inside"));
        await new ThreadWriter(ThreadKey.Of(tenant, id)).AppendAsync(log);

        Directory.GetFileSystemEntries(Root).ShouldBe([Path.Combine(Root, "inside")]);
        Directory.GetFiles(Path.Combine(Root, "inside"), "*.jsonl", SearchOption.AllDirectories).Length.ShouldBe(1);
    }
}
