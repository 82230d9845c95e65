using System.Text.RegularExpressions;

namespace Holdfast.Samples.Tests;

/// <summary>The guides show the samples as they are.</summary>
public sealed partial class GuideTests
{
    public static TheoryData<string> Guides => [.. Directory.EnumerateFiles(Path.Combine(SampleProgram.Root, "docs", "guides"), "*.md").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Guides))]
    public void EveryBlockOfAGuide_IsARegionOfItsSample_AndEveryRegionIsShown(string guide)
    {
        var path = Path.Combine(SampleProgram.Root, "docs", "guides", guide);
        var sample = Sample().Match(File.ReadAllText(path)).Groups["path"].Value;

        var blocks = Between(path, line => line == "```csharp", line => line == "```");
        var regions = Between(Path.Combine(SampleProgram.Root, sample), line => line.TrimStart().StartsWith("#region", StringComparison.Ordinal), line => line.TrimStart() == "#endregion");

        blocks.ShouldBe(regions, ignoreOrder: true);
    }

    [Fact]
    public void EverySample_IsListed()
    {
        var samples = Directory.EnumerateFiles(Path.Combine(SampleProgram.Root, "samples"), "*.csproj", SearchOption.AllDirectories).Select(path => Path.GetFileName(Path.GetDirectoryName(path)!));
        var list = File.ReadAllText(Path.Combine(SampleProgram.Root, "samples", "README.md"));

        samples.Where(sample => !list.Contains($"({sample}/Program.cs)", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    private static List<string> Between(string path, Predicate<string> begins, Predicate<string> ends)
    {
        var lines = File.ReadAllLines(path);
        return [.. lines.Index().Where(line => begins(line.Item)).Select(line => Dedent([.. lines.Skip(line.Index + 1).TakeWhile(next => !ends(next))]))];
    }

    private static string Dedent(List<string> block)
    {
        var indent = block.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', block.Select(line => line.Length > 0 ? line[indent..] : ""));
    }

    [GeneratedRegex(@"\(\.\./\.\./(?<path>samples/\w+/Program\.cs)\)", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Sample();
}
