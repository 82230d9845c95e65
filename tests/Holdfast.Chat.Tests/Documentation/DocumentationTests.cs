using System.Runtime.CompilerServices;

namespace Holdfast.Chat.Tests.Documentation;

public sealed class DocumentationTests
{
    private static readonly string[] Sources = ["tests/Holdfast.Chat.Tests/Documentation/ChatSnippets.cs", "samples/ChatApi/Program.cs"];

    [Fact]
    public void EveryBlockOfThePage_IsCodeThatIsCompiled()
    {
        var blocks = Blocks(Read("docs/chat.md")).ToList();

        blocks.ShouldBe(Sources.SelectMany(source => Regions(Read(source))), ignoreOrder: true);
    }

    private static IEnumerable<string> Blocks(string[] lines) => Between(lines, line => line == "```csharp", line => line == "```");

    private static IEnumerable<string> Regions(string[] lines)
        => Between(lines, line => line.TrimStart().StartsWith("#region", StringComparison.Ordinal), line => line.TrimStart() == "#endregion");

    private static IEnumerable<string> Between(string[] lines, Predicate<string> begins, Predicate<string> ends)
    {
        for (var i = 0; i < lines.Length; i++)
        {
            if (begins(lines[i]))
            {
                var block = lines.Skip(i + 1).TakeWhile(line => !ends(line)).ToList();
                var indent = block.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart().Length);
                yield return string.Join('\n', block.Select(line => line.Length > 0 ? line[indent..] : ""));
            }
        }
    }

    private static string[] Read(string path, [CallerFilePath] string file = "")
        => File.ReadAllLines(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", "..", path));
}
