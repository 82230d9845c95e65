using System.Text.RegularExpressions;

namespace Holdfast.Tests.Architecture;

/// <summary>A file imports namespaces first (those of System before the others), then static types, then aliases, each by name. The build does not look at that.</summary>
public sealed partial class ImportsTests
{
    [Fact]
    public void Imports_OfEveryFile_AreInOrder()
    {
        var files = SourceTree.Sources("").Select(path => (Path: path, Imports: ImportsOf(File.ReadLines(Path.Combine(SourceTree.Root, path))))).ToList();

        files.Count(file => file.Imports.Count > 1).ShouldBeGreaterThan(100);
        files.Where(file => !IsInOrder(file.Imports)).Select(file => file.Path).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(true, "using System;", "using System.Text;", "using Holdfast;", "using Holdfast.Logs;", "using static System.Math;", "using A = System.Text;")]
    [InlineData(true, "// About the file", "", "using Holdfast;", "", "class A;", "using Amazon;")]
    [InlineData(false, "using Holdfast;", "using System;")]
    [InlineData(false, "using Holdfast.Logs;", "using Holdfast;")]
    [InlineData(false, "using Holdfast;", "", "using Amazon;")]
    [InlineData(false, "using static System.Math;", "using Holdfast;")]
    [InlineData(false, "using B = System.Text;", "using A = System;")]
    public void ImportsThatAreNotInOrder_AreFound(bool isInOrder, params string[] lines) => IsInOrder(ImportsOf(lines)).ShouldBe(isInOrder);

    private static List<string> ImportsOf(IEnumerable<string> lines)
        => [.. lines.TakeWhile(line => Head().IsMatch(line)).Select(line => Import().Match(line)).Where(import => import.Success).Select(Key)];

    private static bool IsInOrder(List<string> imports) => imports.Order(StringComparer.OrdinalIgnoreCase).SequenceEqual(imports);

    // A space is before everything that a name may have, so that a name is before those that it begins.
    private static string Key(Match import)
    {
        var name = import.Groups["name"].Value;
        var kind = import.Groups["alias"].Success ? 3 : import.Groups["static"].Success ? 2 : name.Split('.')[0] == "System" ? 0 : 1;
        return $"{kind} {(kind == 3 ? import.Groups["alias"].Value : name).Replace('.', ' ')}";
    }

    /// <summary>What may stand before and between imports.</summary>
    [GeneratedRegex(@"^\uFEFF?(//|#|using |\s*$)", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Head();

    [GeneratedRegex(@"^\uFEFF?using ((?<static>static )|(?<alias>\w+) = )?(?<name>[\w.]+)", RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Import();
}
