using System.Text.RegularExpressions;

namespace Holdfast.Packaging.Tests;

/// <summary>Links within the documentation lead somewhere.</summary>
public sealed partial class DocumentationTests
{
    public static TheoryData<string> Pages =>
    [
        .. new[] { "", "docs", "docs/guides", "samples", ".github" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.md"))
            .Select(path => Path.GetRelativePath(Repository.Root, path))
            .Order(StringComparer.Ordinal),
    ];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Links_ToFilesAndHeadings_AreThere(string page)
    {
        var path = Path.Combine(Repository.Root, page);
        var broken = Link().Matches(WithoutCode(File.ReadAllText(path)))
            .Select(link => link.Groups["target"].Value)
            .Where(target => !target.Contains("://", StringComparison.Ordinal) && !Exists(path, target));

        broken.ShouldBeEmpty(page);
    }

    private static bool Exists(string page, string target)
    {
        var parts = target.Split('#', 2);
        var file = parts[0].Length == 0 ? page : Path.GetFullPath(Path.Combine(Path.GetDirectoryName(page)!, parts[0]));
        return Path.Exists(file) && (parts.Length == 1 || HeadingsOf(file).Contains(parts[1]));
    }

    // As GitHub makes them: lower case, spaces become hyphens, and nothing else but letters, digits, hyphens and underscores stays.
    private static HashSet<string> HeadingsOf(string file)
        => WithoutCode(File.ReadAllText(file)).Split('\n')
            .Where(line => line.StartsWith('#'))
            .Select(line => line.TrimStart('#').Trim().ToLowerInvariant().Replace(' ', '-'))
            .Select(line => string.Concat(line.Where(c => char.IsLetterOrDigit(c) || c is '-' or '_')))
            .ToHashSet(StringComparer.Ordinal);

    private static string WithoutCode(string text) => CodeBlock().Replace(text, "");

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Link();

    [GeneratedRegex("^```.*?^```", RegexOptions.Multiline | RegexOptions.Singleline, 10_000)]
    private static partial Regex CodeBlock();
}
