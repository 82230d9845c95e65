using System.Runtime.CompilerServices;
using Holdfast.Tests.Architecture;

namespace Holdfast.Tests.Support;

/// <summary>Code of a test that a page of the documentation shows: what stands between <c>// page: NAME</c> and <c>// end</c>.</summary>
internal static class DocumentedCode
{
    /// <summary>The blocks that a page must have are in it, letter by letter.</summary>
    /// <param name="page">The page, in the folder of the documentation.</param>
    /// <param name="source">The file of the test.</param>
    public static void ShouldBeIn(string page, [CallerFilePath] string source = "")
    {
        var text = File.ReadAllText(Path.Combine(SourceTree.Root, "docs", page));
        var blocks = Blocks(File.ReadAllLines(source), $"// page: {page}").ToList();
        blocks.ShouldNotBeEmpty();
        foreach (var block in blocks)
        {
            text.ShouldContain($"```csharp\n{block}\n```");
        }
    }

    private static IEnumerable<string> Blocks(IReadOnlyList<string> lines, string begin)
    {
        for (var i = 0; i < lines.Count; i++)
        {
            if (lines[i].Trim() == begin)
            {
                var indent = lines[i].Length - lines[i].TrimStart().Length;
                yield return string.Join('\n', lines.Skip(i + 1).TakeWhile(line => line.Trim() != "// end").Select(line => line.Length > indent ? line[indent..] : ""));
            }
        }
    }
}
