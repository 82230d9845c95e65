using System.Reflection;
using System.Text;
using System.Text.Json;
using Holdfast.Cli.Doctor;

namespace Holdfast.Cli;

/// <summary>A template of the package <c>Holdfast.Templates</c>. Its files are in the tool, and its definition says what is replaced in them, as it tells <c>dotnet new</c>.</summary>
internal sealed class ProjectTemplate
{
    private const string Root = "templates/";
    private const string DefinitionFolder = ".template.config/";

    private readonly string _folder;
    private readonly Lazy<JsonElement> _definition;

    private ProjectTemplate(string name, string folder)
    {
        (Name, _folder) = (name, folder);
        _definition = new(() => JsonElement.Parse(Read($"{Root}{folder}/{DefinitionFolder}template.json")));
    }

    public static IReadOnlyList<ProjectTemplate> All { get; } = [new("console", "agent"), new("web", "web"), new("worker", "worker")];

    /// <summary>The kinds of stores that a project can have. Every definition names them; here they are for a command line that is only read.</summary>
    public static IReadOnlyList<string> Stores { get; } = ["sqlite", "files", "postgres", "redis"];

    /// <summary>The version of the packages that new projects use: that of the tool.</summary>
    public static string PackageVersion => Examination.LibraryVersion.Split('+')[0];

    /// <summary>What the tool calls it.</summary>
    public string Name { get; }

    /// <summary>What <c>dotnet new</c> is told too.</summary>
    public JsonElement Definition => _definition.Value;

    /// <summary>The files of a new project.</summary>
    /// <param name="project">The name of the project, which is also its namespace: see <see cref="ProjectName"/>.</param>
    /// <param name="store">One of <see cref="Stores"/>.</param>
    /// <param name="version">The version of the packages of Holdfast.</param>
    public IReadOnlyList<ProjectFile> Make(string project, string store, string version)
    {
        var replacements = new Replacements(Tokens(project, store, version));
        return
        [
            .. from source in Definition.GetProperty("sources").EnumerateArray().Select(source => Folder(Text(source, "source")))
               from resource in Resources(source)
               let path = resource[source.Length..]
               where !path.StartsWith(DefinitionFolder, StringComparison.Ordinal)
               orderby path
               select new ProjectFile(replacements.Apply(path), replacements.Apply(Read(resource))),
        ];
    }

    // A source is the template's own folder, "./", or one beside it, "../NAME/".
    private string Folder(string source) => source == "./" ? $"{Root}{_folder}/" : $"{Root}{source["../".Length..]}";

    private IEnumerable<KeyValuePair<string, string>> Tokens(string project, string store, string version)
    {
        // A name with a digit after a dot stands for two: that of files, and that of a namespace.
        var sourceName = Text(Definition, "sourceName");
        yield return new(sourceName, project);
        yield return new(sourceName.Replace(".", "._", StringComparison.Ordinal), project);
        yield return new(Text(Symbol("holdfastVersion"), "replaces"), version);
        foreach (var symbol in Definition.GetProperty("symbols").EnumerateObject().Select(symbol => symbol.Value).Where(symbol => Text(symbol, "type") == "generated"))
        {
            var chosen = symbol.GetProperty("parameters").GetProperty("cases").EnumerateArray().Single(choice => Text(choice, "condition") == $"(store == '{store}')");
            yield return new(Text(symbol, "replaces"), Text(chosen, "value"));
        }
    }

    private JsonElement Symbol(string name) => Definition.GetProperty("symbols").GetProperty(name);

    private static string Text(JsonElement element, string property) => element.GetProperty(property).GetString()!;

    private static IEnumerable<string> Resources(string folder)
        => Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(name => name.StartsWith(folder, StringComparison.Ordinal));

    private static string Read(string resource)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
