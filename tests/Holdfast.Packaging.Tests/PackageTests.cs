using System.Diagnostics;
using System.IO.Compression;
using System.Xml.Linq;

namespace Holdfast.Packaging.Tests;

[Collection(nameof(PackageCollection))]
public sealed class PackageTests(PackageFeed feed)
{
    // What a machine under load is given before the web application counts as stuck.
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(15);

    private const string Migrated = """
        using Holdfast;
        using Holdfast.Sqlite;

        await using var store = new AgentStateStore(new SqliteCommitLog(new() { DataSource = "shop.db" }));
        await store.UpdateAsync("john", session => session.Variables.Set("basket", 1));

        public sealed class ShopMigrations : IStateMigrations
        {
            public void AddTo(AgentStateOptions options) => options.AddMigration(1, 2, thread => thread);
        }
        """;

    public static TheoryData<string> Packages => [.. PackageFeed.Projects.Select(path => Path.GetFileName(path))];

    [Theory]
    [MemberData(nameof(Packages))]
    public void Pack_AShippedProject_GivesACompletePackage(string project)
    {
        using var package = ZipFile.OpenRead(Path.Combine(feed.Directory, $"{project}.{feed.Version}.nupkg"));
        var files = package.Entries.Where(entry => entry.Length > 0).Select(entry => entry.FullName).ToList();
        new[] { "README.md", "LICENSE", "icon.png" }.ShouldBeSubsetOf(files);
        var nuspec = NuspecOf(package, project);
        Text(nuspec, "license").ShouldBe("MIT");
        Text(nuspec, "readme").ShouldBe("README.md");
        Text(nuspec, "icon").ShouldBe("icon.png");
        Text(nuspec, "description").ShouldNotBeNullOrWhiteSpace();
        Text(nuspec, "projectUrl").ShouldBe(Repository.Url);
        Text(nuspec, "releaseNotes").ShouldBe($"{Repository.Url}/blob/main/CHANGELOG.md");
        if (IsTool(files))
        {
            // The debugger of a tool finds its symbols beside it.
            files.ShouldContain(file => file.EndsWith($"/{project}.pdb", StringComparison.Ordinal));
            return;
        }

        if (nuspec.Elements().SingleOrDefault(element => element.Name.LocalName == "packageTypes")?.Elements().Single().Attribute("name")?.Value == "Template")
        {
            files.ShouldContain("content/templates/common/.gitignore");
            files.ShouldNotContain(file => file.EndsWith(".dll", StringComparison.Ordinal) || file.Contains("/obj/", StringComparison.Ordinal));
            return;
        }

        files.ShouldContain($"lib/net10.0/{project}.dll");
        files.ShouldContain($"lib/net10.0/{project}.xml");
        using var symbols = ZipFile.OpenRead(Path.Combine(feed.Directory, $"{project}.{feed.Version}.snupkg"));
        symbols.Entries.ShouldContain(entry => entry.FullName == $"lib/net10.0/{project}.pdb" && entry.Length > 0);
    }

    // With it, debuggers and registries find the sources that a package was built from.
    [Theory]
    [MemberData(nameof(Packages))]
    public async Task Pack_FromACheckout_NamesTheCommit(string project)
    {
        Assert.SkipUnless(Path.Exists(Path.Combine(Repository.Root, ".git")), "The sources are not in a Git repository.");
        var head = (await Repository.RunAsync(Repository.Root, "git", "rev-parse", "HEAD")).Trim();

        using var package = ZipFile.OpenRead(Path.Combine(feed.Directory, $"{project}.{feed.Version}.nupkg"));

        var repository = NuspecOf(package, project).Elements().Single(element => element.Name.LocalName == "repository");
        (repository.Attribute("type")?.Value, repository.Attribute("url")?.Value, repository.Attribute("commit")?.Value).ShouldBe(("git", Repository.Url, head));
    }

    [Fact]
    public async Task QuickStart_InANewProjectWithThePackages_RemembersBetweenTwoRuns()
    {
        using var project = new TemporaryProject(feed, "Microsoft.NET.Sdk", Repository.ReadmeSnippet("## Quick start"), "Holdfast.Sqlite");
        (await project.BuildAsync()).ShouldContain(" 0 Warning(s)");

        (await project.RunAsync()).ShouldContain("John has 1 message");
        (await project.RunAsync()).ShouldContain("John has 2 message");
    }

    [Fact]
    public async Task AspNetCoreSample_InANewProjectWithThePackages_IsHealthy()
    {
        using var project = new TemporaryProject(
            feed, "Microsoft.NET.Sdk.Web", Repository.ReadmeSnippet("## ASP.NET Core"), "Holdfast.Sqlite", "Microsoft.Extensions.AI.OpenAI");
        await File.WriteAllTextAsync(Path.Combine(project.Directory, "appsettings.json"), Repository.ReadmeSnippet("## ASP.NET Core", "json"));
        await project.BuildAsync();
        var start = new ProcessStartInfo("dotnet", [project.Program, "--urls", "http://127.0.0.1:0", "--OpenAI:Key", "none"])
        {
            WorkingDirectory = project.Directory,
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        using var app = Process.Start(start)!;
        try
        {
            using var http = new HttpClient { BaseAddress = await AddressOfAsync(app), Timeout = Deadline };

            (await http.GetStringAsync("/health")).ShouldBe("Healthy");
            (await http.GetStringAsync("/chats/1")).ShouldBe("[]");
            File.Exists(Path.Combine(project.Directory, "holdfast.db")).ShouldBeTrue();
        }
        finally
        {
            app.Kill(entireProcessTree: true);
            await app.WaitForExitAsync();
        }
    }

    [Fact]
    public async Task Tool_InstalledFromItsPackage_OpensAStore_AndTheApplicationThatWroteIt()
    {
        var tools = Path.Combine(feed.Directory, "tools");
        await Repository.RunAsync(feed.Directory, "dotnet", "tool", "install", "Holdfast.Cli", "--version", feed.Version, "--tool-path", tools, "--add-source", feed.Directory);

        var output = await Repository.RunAsync(feed.Directory, Path.Combine(tools, "holdfast"), "doctor", "--store", "memory:");

        output.ShouldContain("memory");

        using var project = new TemporaryProject(feed, "Microsoft.NET.Sdk", Migrated, "Holdfast.Sqlite");
        await project.BuildAsync();
        await project.RunAsync();
        var check = await Repository.RunAsync(project.Directory, Path.Combine(tools, "holdfast"), "check", "--assembly", project.Program, "--store", "sqlite:shop.db");
        check.Trim().ShouldBe("1 thread: all can be opened; 1 would be migrated by ShopMigrations.");
    }

    private static bool IsTool(List<string> files) => files.Exists(file => file.StartsWith("tools/", StringComparison.Ordinal));

    private static XElement NuspecOf(ZipArchive package, string project)
    {
        using var stream = package.GetEntry($"{project}.nuspec").ShouldNotBeNull().Open();
        return XDocument.Load(stream).Root!.Elements().Single(element => element.Name.LocalName == "metadata");
    }

    private static string? Text(XElement nuspec, string name) => nuspec.Elements().SingleOrDefault(element => element.Name.LocalName == name)?.Value;

    // The application says on which port it listens, once it does.
    private static async Task<Uri> AddressOfAsync(Process app)
    {
        const string Announcement = "Now listening on: ";
        while (await app.StandardOutput.ReadLineAsync().WaitAsync(Deadline) is { } line)
        {
            if (line.IndexOf(Announcement, StringComparison.Ordinal) is >= 0 and var at)
            {
                return new(line[(at + Announcement.Length)..]);
            }
        }

        throw new InvalidOperationException("The application ended without listening.");
    }
}
