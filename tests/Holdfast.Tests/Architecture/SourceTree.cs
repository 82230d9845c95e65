using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Holdfast.Tests.Architecture;

/// <summary>The sources of a project, and the types that each file declares and names.</summary>
internal sealed partial class SourceTree
{
    private SourceTree(IReadOnlyList<SourceFile> files) => Files = files;

    /// <summary>The directory of the checkout that the tests were built from.</summary>
    public static string Root { get; } = Find();

    public IReadOnlyList<SourceFile> Files { get; }

    /// <summary>The sources of a project in <c>src</c>.</summary>
    public static SourceTree Of(string project)
    {
        var directory = Path.Combine("src", project);
        return new([.. Sources(directory).Select(path => SourceFile.Parse(Path.GetRelativePath(directory, path).Replace('\\', '/'), File.ReadAllText(Path.Combine(Root, path))))]);
    }

    /// <summary>The paths, from the root on, of what is written by hand in a folder.</summary>
    public static IEnumerable<string> Sources(string folder)
        => Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Root, path))
            .Where(path => !path.Split('/', '\\').Intersect(["obj", "bin", "artifacts"]).Any());

    private static string Find([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", ".."));

    /// <summary>One source file.</summary>
    /// <param name="Path">Its path in the project.</param>
    /// <param name="Lines">Its lines of code: without blank ones, comments and documentation.</param>
    /// <param name="Code">Its text without comments and the content of strings.</param>
    /// <param name="Types">The types that it declares, but for nested ones, and whether each is public.</param>
    internal sealed partial record SourceFile(string Path, int Lines, string Code, IReadOnlyDictionary<string, bool> Types)
    {
        /// <summary>The room: the first folder, but for the ones within <c>Logs</c>, which are rooms of their own.</summary>
        public string Room => Path.Split('/') switch
        {
            ["Errors", ..] => "Ids",
            ["Logs", var inner, _, ..] => $"Logs/{inner}",
            [var room, _, ..] => room,
            _ => "",
        };

        public static SourceFile Parse(string path, string text)
        {
            var code = Noise().Replace(text, match => match.Value[0] is '/' ? "" : "\"\"");
            var types = Declaration().Matches(code).DistinctBy(match => match.Groups["name"].Value)
                .ToDictionary(match => match.Groups["name"].Value, match => match.Value.Contains("public ", StringComparison.Ordinal), StringComparer.Ordinal);
            return new(path, code.Split('\n').Count(line => line.Trim().Length > 0), code, types);
        }

        /// <summary>The names that may be those of types: not members of something, and none that the file gives to a member of its own.</summary>
        public IReadOnlySet<string> Names()
            => Name().Matches(Code).Select(match => match.Value).Except(Member().Matches(Code).Select(match => match.Groups["name"].Value)).ToHashSet(StringComparer.Ordinal);

        [GeneratedRegex("""//[^\n]*|/\*[\s\S]*?\*/|\$*(?<quotes>"{3,})[\s\S]*?\k<quotes>|[$@]*@[$@]*"(?:""|[^"])*"|\$?"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'""", RegexOptions.None, 10_000)]
        private static partial Regex Noise();

        [GeneratedRegex(@"^(?:(?:public|internal|static|sealed|abstract|partial|readonly|ref|unsafe|file) )*(?:class|struct|interface|enum|record(?: struct| class)?|delegate [\w<>?]+) (?<name>\w+)", RegexOptions.Multiline, 10_000)]
        private static partial Regex Declaration();

        [GeneratedRegex(@"(?<![.\w])[A-Z]\w*(?!\w)(?!\s*=[^=>])", RegexOptions.None, 10_000)]
        private static partial Regex Name();

        [GeneratedRegex(@"[\w>?\])] (?<name>[A-Z]\w*)(?:\(|\s*=>|\s*\{\s*(?:get|init|set)\b)(?<!\bnew \w*\()", RegexOptions.None, 10_000)]
        private static partial Regex Member();
    }
}
