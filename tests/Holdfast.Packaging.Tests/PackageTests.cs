using System.IO.Compression;

namespace Holdfast.Packaging.Tests;

public sealed class PackageTests(PackageFeed feed) : IClassFixture<PackageFeed>
{
    [Fact]
    public void Pack_EachShippedProject_GivesACompletePackage()
    {
        foreach (var project in PackageFeed.Projects.Select(path => Path.GetFileName(path)))
        {
            using var package = ZipFile.OpenRead(Path.Combine(feed.Directory, $"{project}.{feed.Version}.nupkg"));
            var files = package.Entries.Select(entry => entry.FullName).ToList();
            files.ShouldContain("README.md", project);
            files.ShouldContain("LICENSE", project);
            files.ShouldContain(file => file.EndsWith(".dll", StringComparison.Ordinal), project);
            using var nuspec = new StreamReader(package.GetEntry($"{project}.nuspec")!.Open());
            var description = nuspec.ReadToEnd();
            description.ShouldContain("<license type=\"expression\">MIT</license>", customMessage: project);
            description.ShouldContain("<readme>README.md</readme>", customMessage: project);
            if (!files.Exists(file => file.StartsWith("tools/", StringComparison.Ordinal)))
            {
                files.ShouldContain($"lib/net10.0/{project}.xml");
                File.Exists(Path.Combine(feed.Directory, $"{project}.{feed.Version}.snupkg")).ShouldBeTrue($"symbols of {project}");
            }
        }
    }

    [Fact]
    public async Task QuickStart_InANewProjectWithThePackages_RemembersBetweenTwoRuns()
    {
        using var project = new TemporaryProject(feed, "Holdfast.Sqlite", Repository.ReadmeSnippet("## Quick start"));
        (await project.BuildAsync()).ShouldContain(" 0 Warning(s)");

        (await project.RunAsync()).ShouldContain("John has 1 message");
        (await project.RunAsync()).ShouldContain("John has 2 message");
    }

    [Fact]
    public async Task Tool_InstalledFromItsPackage_Chats()
    {
        var tools = Path.Combine(feed.Directory, "tools");
        await Repository.RunAsync(feed.Directory, "dotnet", "tool", "install", "Holdfast.Cli", "--version", feed.Version, "--tool-path", tools, "--add-source", feed.Directory);

        var output = await Repository.RunAsync(feed.Directory, Path.Combine(tools, "holdfast"), "doctor", "--store", "memory:");

        output.ShouldContain("memory");
    }
}
