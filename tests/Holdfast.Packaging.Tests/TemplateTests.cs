using System.Xml.Linq;

namespace Holdfast.Packaging.Tests;

/// <summary>Projects that are made with the package of templates, and used as their READMEs say.</summary>
[Collection(nameof(PackageCollection))]
public sealed class TemplateTests(PackageFeed feed, TemplateHive hive) : IClassFixture<TemplateHive>, IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("holdfast-new-").FullName;

    [Theory]
    [InlineData("holdfast-agent", "sqlite")]
    [InlineData("holdfast-web", "postgres")]
    [InlineData("holdfast-worker", "redis")]
    public async Task AProject_BuildsWithoutWarnings_AndItsTestsPass(string template, string store)
    {
        await File.WriteAllTextAsync(Path.Combine(_directory, "Directory.Build.props"), $"""
            <Project>
              <PropertyGroup>
                <NuGetAudit>false</NuGetAudit>
                <RestoreAdditionalProjectSources>{feed.Directory}</RestoreAdditionalProjectSources>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
              </PropertyGroup>
            </Project>
            """);
        await hive.NewAsync(feed, _directory, template, "My.Agent", store);
        var project = Path.Combine(_directory, "My.Agent");

        if (template != "holdfast-agent")
        {
            // The tests are a program, which takes less time by itself than 'dotnet test' with it.
            await Repository.RunAsync(project, "dotnet", "build", "-v", "q", "-nologo");
            (await Repository.RunAsync(project, "dotnet", Path.Combine(project, "My.Agent.Tests", "bin", "Debug", "net10.0", "My.Agent.Tests.dll"))).ShouldContain("Failed: 0");
            return;
        }

        // As the README says, with the settings that the project has, from any folder.
        (await Repository.RunAsync(project, "dotnet", "test", "-nologo")).ShouldContain("Passed!");
        (await SayAsync(project, "My name is Ann")).ShouldContain("Nice to meet you, Ann.");
        (await SayAsync(_directory, "What's my name?")).ShouldContain("Your name is Ann.");
        File.Exists(Path.Combine(project, "My.Agent", "holdfast.db")).ShouldBeTrue();

        Task<string> SayAsync(string folder, string text)
            => Repository.RunWithInputAsync(text + "\n", folder, "dotnet", "run", "--no-build", "--project", Path.Combine(project, "My.Agent"));
    }

    [Theory]
    [InlineData("holdfast-agent", "console", "files")]
    [InlineData("holdfast-web", "web", "sqlite")]
    [InlineData("holdfast-worker", "worker", "redis")]
    public async Task AProject_MadeByTheTool_IsTheSame(string template, string name, string store)
    {
        await hive.NewAsync(feed, _directory, template, "My.Agent", store);
        await Repository.RunAsync(_directory, "dotnet", feed.Tool, "new", "agent", "My.Agent", "--template", name, "--store", store, "--output", "tool");

        FilesOf("tool").ShouldBe(FilesOf("My.Agent"));
    }

    [Fact]
    public void Versions_OfOtherPackages_AreThoseThatTheRepositoryUses()
    {
        var references = Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", "Holdfast.Templates", "templates"), "*.csproj", SearchOption.AllDirectories)
            .SelectMany(project => XDocument.Load(project).Descendants("PackageReference"))
            .Select(reference => (Package: reference.Attribute("Include")!.Value, Version: reference.Attribute("Version")!.Value))
            .Distinct().ToList();

        references.ShouldContain(("xunit.v3", Repository.VersionOf("xunit.v3")));
        references.ShouldBe(references.Select(reference => (reference.Package, reference.Package.StartsWith("Holdfast.", StringComparison.Ordinal) ? "HOLDFAST_VERSION" : Repository.VersionOf(reference.Package))));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private SortedDictionary<string, string> FilesOf(string folder)
    {
        var root = Path.Combine(_directory, folder);
        return new(Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).ToDictionary(file => Path.GetRelativePath(root, file), File.ReadAllText), StringComparer.Ordinal);
    }
}
